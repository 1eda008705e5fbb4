"""The sound study that is corrupted: a portal venous volume with its liver, and a T1 volume."""

import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np

from cirrhosis.contracts.volume import Array, Volume

# The writer of DICOM series belongs to the tests, which lie at the top of the repository.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.imaging.made_dicom import write_segmentation, write_series
from tests.imaging.made_volumes import abdomen, liver_mask

# A shift of the T1 volume that registration has to find, in millimetres.
SHIFT_MM = (4.0, -3.0, 5.0)
FIXED, MOVING = "pvp", "t1"


def made_volumes() -> dict[str, Volume]:
    """Return a made abdomen in two contrasts and its liver, integer valued."""
    volumes = {name: abdomen(name, seed=number) for number, name in enumerate((FIXED, MOVING))}
    volumes[MOVING] = replace(volumes[MOVING], array=np.roll(volumes[MOVING].array, 1, axis=2))
    return {name: _whole(volume) for name, volume in volumes.items()} | {"liver": liver_mask()}


def real_volumes(folder: Path, number: int) -> dict[str, Volume]:
    """Return a real T2 volume, the same with another contrast, and its liver (label 1)."""
    from cirrhosis.imaging.mask_reading import read_labels
    from cirrhosis.imaging.reading import read_volume

    fixed = read_volume(folder / f"image_{number}.nii.gz")
    labels = read_labels(folder / f"label_{number}.nii.gz")
    share = np.clip(fixed.array / fixed.array.max(), 0, 1)
    moving = np.where(share > 0.02, (1 - share) ** 1.5, 0) * 900
    moving = np.roll(moving + np.random.default_rng(0).uniform(0, 20, moving.shape), 2, axis=2)
    return {
        FIXED: _whole(fixed),
        MOVING: _whole(replace(fixed, array=moving.astype(np.float32))),
        "liver": replace(labels, array=(labels.array == 1).astype(np.uint8)),
    }


def write_study(volumes: dict[str, Volume], folder: Path, suffix: str) -> dict[str, Path]:
    """Write a study as NIfTI (`.nii`, `.nii.gz`) or as DICOM (`dicom`); return its places."""
    if suffix != "dicom":
        return {
            name: _write_nifti(volume, folder / f"{name}{suffix}")
            for name, volume in volumes.items()
        }
    places = {name: folder / name for name in (FIXED, MOVING)}
    files = {name: write_series(place, volumes[name]) for name, place in places.items()}
    segment = {"Liver": volumes["liver"].array}
    return places | {"liver": write_segmentation(folder / "liver.dcm", files[FIXED], segment)}


def affine_of(volume: Volume) -> Array:
    """Return the RAS affine for indices (x, y, z)."""
    affine = np.eye(4)
    axes = np.reshape(volume.direction, (3, 3)) * np.array(volume.spacing_mm[::-1])
    affine[:3, :3], affine[:3, 3] = axes, volume.origin_mm
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def _write_nifti(volume: Volume, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.ascontiguousarray(volume.array.T.astype(np.int16))
    image = nib.Nifti1Image(array, affine_of(volume))
    # Both forms, as dcm2niix and most programs write them.
    image.set_qform(image.affine, 1)
    image.set_sform(image.affine, 1)
    nib.save(image, path)
    return path


def _whole(volume: Volume) -> Volume:
    return replace(volume, array=np.rint(np.clip(volume.array, 0, 30000)).astype(np.float32))
