"""A donor: the volumes of one real study with their livers, as stored."""

import gzip
import io
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import pandas as pd
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.phantom.planted_sampling import apply_affine, lattice_points

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
CEILING_PERCENTILE = 99.9


class DonorVolume(NamedTuple):
    """One sequence of a donor, in the axes of its file.

    Attributes:
        sequence: Its name.
        voxels: Intensities divided by their 99.9th percentile, shape (i, j, k).
        liver: Which voxels are liver, same shape.
        affine_lps: Matrix from voxel index to LPS position in millimetres.
        has_mask: Whether the cohort names a mask of this sequence; the liver is otherwise
            that of another sequence at the same positions.
    """

    sequence: str
    voxels: NDArray[np.float32]
    liver: NDArray[np.bool_]
    affine_lps: NDArray[np.floating[Any]]
    has_mask: bool


class Donor(NamedTuple):
    """A donor.

    Attributes:
        donor_id: The patient of the source cohort.
        group_id: What may not be split apart.
        volumes: One per sequence, sorted by name; the first with a mask is the reference.
        center_mm: Centre of the reference's liver, LPS.
    """

    donor_id: str
    group_id: str
    volumes: tuple[DonorVolume, ...]
    center_mm: tuple[float, float, float]

    @property
    def reference(self) -> DonorVolume:
        """The first sequence with its own mask."""
        return next(volume for volume in self.volumes if volume.has_mask)


class _Stored(NamedTuple):
    array: NDArray[np.float32]
    affine_lps: NDArray[np.floating[Any]]


def read_donor(cohort: Cohort, donor_id: str, *, group_id: str, liver_label: int | None) -> Donor:
    """Read the earliest study of a patient that has a liver mask.

    Raises:
        ContractError: If there is no such study, or a file of it is absent, damaged, on
            another grid than its mask, or without liver.
    """
    study = _choose_study(cohort.volumes, donor_id).set_index("sequence")
    names = study["liver_mask_path"].dropna()
    masks = {
        str(sequence): _read_liver(cohort.resolve(name), liver_label)
        for sequence, name in names.sort_index().items()
    }
    reference = masks[min(masks)]
    volumes = [
        _read_volume(cohort.resolve(name), str(sequence), masks.get(str(sequence)), reference)
        for sequence, name in study["path"].sort_index().items()
    ]
    inside = np.argwhere(reference.array > 0).mean(0)[:, None]
    x, y, z = apply_affine(reference.affine_lps, inside)[:, 0].tolist()
    return Donor(donor_id, group_id, tuple(volumes), (x, y, z))


def _choose_study(volumes: pd.DataFrame, donor_id: str) -> pd.DataFrame:
    rows = volumes[volumes["patient_id"] == donor_id].fillna({"study_date": ""})
    if rows.empty:
        raise ContractError(
            f"expected a volume of '{donor_id}', but volumes.csv names none; add it"
        )
    dated = rows[rows["liver_mask_path"].notna()]["study_date"]
    if dated.empty:
        raise ContractError(
            f"expected a liver mask of '{donor_id}', but volumes.csv names none for"
            f" {first(rows['sequence'])}; fill in `liver_mask_path`"
        )
    return rows[rows["study_date"] == dated.min()]


def _read_liver(path: Path, liver_label: int | None) -> _Stored:
    stored = _read_nifti(path)
    inside = stored.array > 0 if liver_label is None else stored.array == liver_label
    if not inside.any():
        wanted = "above 0" if liver_label is None else f"of {liver_label}"
        found = first(f"{value:g}" for value in np.unique(stored.array))
        raise ContractError(
            f"{path}: expected voxels {wanted} for the liver, but found only the values"
            f" {found}; correct the mask or `liver_label`"
        )
    return stored._replace(array=inside.astype(np.float32))


def _read_volume(
    path: Path, sequence: str, mask: _Stored | None, reference: _Stored
) -> DonorVolume:
    stored = _read_nifti(path)
    ceiling = float(np.percentile(stored.array, CEILING_PERCENTILE))
    if not ceiling > 0:
        raise ContractError(
            f"{path}: expected positive intensities, but their 99.9th percentile is"
            f" {ceiling:g}; the file is empty or no magnitude image"
        )
    if mask is not None and not _same_grid(stored, mask):
        raise ContractError(
            f"{path}: expected the liver mask on the grid of its volume, but the volume has"
            f" {_shape(stored)} voxels and the mask {_shape(mask)}, or they lie elsewhere;"
            " resample the mask to the volume"
        )
    liver = (mask or _carry_over(reference, stored)).array > 0
    return DonorVolume(sequence, stored.array / ceiling, liver, stored.affine_lps, mask is not None)


def _carry_over(mask: _Stored, onto: _Stored) -> _Stored:
    """Return the nearest mask value at each voxel of another grid."""
    every = [np.arange(side, dtype=np.float64) for side in onto.array.shape]
    points = apply_affine(onto.affine_lps, lattice_points(every))
    index = np.rint(apply_affine(np.linalg.inv(mask.affine_lps), points)).astype(np.intp)
    limits = np.reshape(mask.array.shape, (3, 1))
    valid = ((index >= 0) & (index < limits)).all(0)
    values = np.zeros(points.shape[1], np.float32)
    values[valid] = mask.array[tuple(index[:, valid])]
    return _Stored(values.reshape(onto.array.shape), onto.affine_lps)


def _same_grid(one: _Stored, other: _Stored) -> bool:
    return one.array.shape == other.array.shape and bool(
        np.allclose(one.affine_lps, other.affine_lps, atol=1e-3)
    )


def _shape(stored: _Stored) -> str:
    return " x ".join(map(str, stored.array.shape))


def _read_nifti(path: Path) -> _Stored:
    if not path.is_file() or not path.name.lower().endswith((".nii", ".nii.gz")):
        raise ContractError(
            f"expected a NIfTI file (.nii or .nii.gz) at {path}, but there is none; correct the"
            " path in volumes.csv, or convert the DICOM series (for example with dcm2niix)"
        )
    try:
        content = path.read_bytes()
        # Unpacked whole, because reading through nibabel stops before the checksum.
        content = gzip.decompress(content) if path.suffix.lower() == ".gz" else content
        image = _parse(content)
        array = np.asarray(image.get_fdata(dtype=np.float32, caching="unchanged"))
    except (OSError, EOFError, ValueError, zlib.error, *_NIBABEL_ERRORS) as error:
        raise ContractError(
            f"{path}: cannot be read ({error}), so the file is damaged; copy it again"
        ) from error
    if array.ndim != 3 or min(array.shape) < 2 or not np.isfinite(array).all():
        raise ContractError(
            f"{path}: expected three dimensions of finite numbers, but the file has the shape"
            f" {' x '.join(map(str, array.shape))}; name one volume per file"
        )
    affine_lps = RAS_TO_LPS @ image.affine
    if not abs(float(np.linalg.det(affine_lps[:3, :3]))) > 0:
        raise ContractError(
            f"{path}: expected a positive spacing along each axis, but the affine is singular;"
            " write the file anew with its true spacing"
        )
    return _Stored(array, affine_lps)


_NIBABEL_ERRORS = (ImageFileError, HeaderDataError, WrapStructError)


def _parse(content: bytes) -> Any:
    # The first number of a header is its own length, which differs between the versions.
    second = content[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c")
    kind: Any = nib.Nifti2Image if second else nib.Nifti1Image
    return kind.from_stream(io.BytesIO(content))
