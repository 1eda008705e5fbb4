"""One volume from a folder of DICOM files, believed only where highdicom places it alike."""

import warnings
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging.dicom_pixels import pixels_of, read_datasets
from cirrhosis.imaging.dicom_series import MR, Survey, survey
from cirrhosis.imaging.dicom_stack import GAP_TOLERANCE, Stack

# Two readers of one header differ by rounding only.
SAME_PLACE_MM = 1e-2


def read_dicom(folder: Path, series: str = "", modalities: tuple[str, ...] = MR) -> sitk.Image:
    """Read one volume below a folder as float32, slices from foot to head.

    Args:
        folder: Searched with all folders in it.
        series: Key of the volume as `find_series` gives it; empty for the only one.
        modalities: That may be read; empty for all.

    Raises:
        ContractError: If the volume is not there, is not the only one, or its files
            contradict each other or highdicom about where it lies.
    """
    stack = _choose(survey(folder, modalities), folder, series)
    datasets = read_datasets(stack)
    array = pixels_of(datasets, stack)
    _check_against_highdicom(datasets, stack, array, folder)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(stack.spacing_mm[::-1])
    image.SetOrigin(stack.origin_mm.tolist())
    image.SetDirection(_orthonormal(stack.direction).ravel().tolist())
    return image


def _choose(found: Survey, folder: Path, series: str) -> Stack:
    chosen = [stack for one, stack in found.stacks if series in ("", one.key)]
    uid = series.split("/")[0]
    refused = [one.reason for one in found.refused if not uid or one.series_uid in ("", uid)]
    if not found.stacks and not refused:
        refused = [one.reason for one in found.others]
    if len(chosen) == 1 and not (refused and not series):
        return chosen[0]
    keys = first(f"{one.key} ({one.description})" for one, _ in found.stacks)
    reasons = f": {first(refused)}" if refused else ""
    if not chosen:
        key = f" with the key '{series}'" if series else ""
        raise ContractError(
            f"{folder}: expected a DICOM volume{key}, but found {keys or 'none'}{reasons}; name the"
            " right folder and series in volumes.csv"
        )
    raise ContractError(
        f"{folder}: expected one DICOM volume and nothing else, but found {len(found.stacks)}"
        f" ({keys}) and {len(refused)} that are none{reasons}; name one in the column `series` of"
        " volumes.csv"
    )


def _orthonormal(direction: Array) -> Array:
    left, _, right = np.linalg.svd(direction)
    return np.asarray(left @ right)


def _check_against_highdicom(
    datasets: list[Dataset], stack: Stack, array: Array, folder: Path
) -> None:
    """Refuse a volume that highdicom refuses, or stacks in another way.

    highdicom sorts from head to foot, so its slices are compared in the order of ours.
    """
    # Loading it takes longer than listing a folder.
    import highdicom as hd

    for dataset in datasets:
        # Masks and old exports have none; slices of several frames are not grouped together.
        dataset.setdefault("FrameOfReferenceUID", "1.2.3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            other = hd.get_volume_from_series(
                datasets,
                dtype=np.float32,
                apply_real_world_transform=False,
                apply_presentation_lut=False,
                rtol=2 * GAP_TOLERANCE,
                orientation_tol=1e-3,
            )
        except Exception as error:
            raise ContractError(
                f"{folder}: highdicom refuses the volume ({type(error).__name__}: {error}), so its"
                " place is in doubt; export the series anew"
            ) from error
    is_turned = float(other.affine[:3, 0] @ stack.direction[:, 2]) < 0
    ours = _affine(stack)
    theirs = other.flip_spatial(0).affine if is_turned else other.affine
    voxels = other.array[::-1] if is_turned else other.array
    corners = np.array(array.shape) - 1
    apart = max(np.abs((ours - theirs) @ [*(corners * place), 1]).max() for place in _CORNERS)
    if apart > SAME_PLACE_MM or not np.allclose(voxels, array, rtol=1e-5, equal_nan=True):
        raise ContractError(
            f"{folder}: highdicom places or scales voxels of this volume differently (by up to"
            f" {apart:.3f} mm), so its place is in doubt; export the series anew"
        )


_CORNERS = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T


def _affine(stack: Stack) -> Array:
    """Return the LPS affine for indices (slice, row, column)."""
    affine = np.eye(4)
    across, down, along = stack.direction.T
    slices_mm, rows_mm, columns_mm = stack.spacing_mm
    affine[:3, 0], affine[:3, 1] = along * slices_mm, down * rows_mm
    affine[:3, 2], affine[:3, 3] = across * columns_mm, stack.origin_mm
    return affine
