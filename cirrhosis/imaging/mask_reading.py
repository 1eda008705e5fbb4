"""Labels of voxels from a file or a folder, on whatever grid they are stored."""

from pathlib import Path

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.dicom_reading import read_dicom
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.imaging.nifti import read_nifti


def read_labels(path: Path) -> Volume:
    """Read a mask as float32 labels in LPS.

    Args:
        path: NIfTI file, or folder with one DICOM image per slice.

    Raises:
        ContractError: If there is no mask, or it is damaged.
    """
    if path.is_dir():
        return volume_of(read_dicom(path, modalities=()))
    return volume_of(read_nifti(path))
