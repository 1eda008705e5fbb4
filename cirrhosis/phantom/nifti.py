"""NIfTI files of the same bytes for the same voxels, whole or absent."""

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.files import whole_file
from cirrhosis.phantom.grids import Grid

# Noise hardly compresses: higher levels take several times as long and save a few percent.
_COMPRESSION = 1
_SCANNER_FRAME = 1


def write_nifti(voxels: NDArray[Any], grid: Grid, path: Path) -> None:
    """Write voxels of `grid` as a compressed NIfTI file."""
    image: Any = nib.Nifti1Image(voxels, grid.affine_ras)
    image.header.set_xyzt_units("mm", "sec")
    image.header["descrip"] = b"synthetic phantom"
    image.set_sform(grid.affine_ras, code=_SCANNER_FRAME)
    image.set_qform(grid.affine_ras, code=_SCANNER_FRAME)
    # No time and no name in the gzip header: the same voxels give the same bytes.
    content = gzip.compress(image.to_bytes(), _COMPRESSION, mtime=0)
    with whole_file(path) as partial:
        partial.write_bytes(content)


def read_voxels(path: Path) -> NDArray[Any]:
    """Return the stored numbers of a NIfTI file written here."""
    image: Any = nib.load(path)
    return np.asarray(image.dataobj)
