"""Two hundred corruptions: what is done, to which file of a study, in which format."""

from typing import NamedTuple

import numpy as np

from experiments.corrupted import dicom_corruptions as dicom
from experiments.corrupted import nifti_corruptions as nifti
from experiments.corrupted.good_study import FIXED, MOVING
from experiments.corrupted.nifti_corruptions import Corrupt

PACKED, PLAIN, DICOM = ".nii.gz", ".nii", "dicom"
LIVER = "liver"
# Random ones, and how often each is drawn for each file.
N_DRAWS = 4


class Corruption(NamedTuple):
    """One corrupted study.

    Attributes:
        name: What is done.
        suffix: Format of the study.
        role: File that is changed: `pvp` (fixed), `t1` (moving) or `liver` (mask).
        draw: Number of the draw, part of the seed.
        corrupt: Changes the file.
    """

    name: str
    suffix: str
    role: str
    draw: int
    corrupt: Corrupt

    @property
    def patient_id(self) -> str:
        """Of the corrupted study: format, file, corruption and draw."""
        kind = self.suffix.strip(".").replace(".", "_")
        return f"{kind}-{self.role}-{self.name}-{self.draw}"


def all_corruptions() -> list[Corruption]:
    """Return every corruption, always the same ones in the same order."""
    return [*_random_ones(), *_headers(), *_voxels(), *_affines(), *_series(), *_segmentations()]


def _random_ones() -> list[Corruption]:
    nifti_kinds = {
        (PACKED, "truncate"): nifti.truncate,
        (PLAIN, "truncate"): nifti.truncate,
        (PACKED, "flip_anywhere"): nifti.flip_anywhere,
        (PACKED, "flip_in_header"): nifti.flip_in_header,
        (PLAIN, "flip_in_header"): nifti.flip_in_header,
        (PLAIN, "flip_in_voxels"): nifti.flip_in_voxels,
    }
    dicom_kinds = {
        "truncate_last": dicom.on_bytes(dicom.truncated, "last"),
        "truncate_middle": dicom.on_bytes(dicom.truncated, "middle"),
        "flip_in_header_last": dicom.on_bytes(dicom.flipped_in_header, "last"),
        "flip_in_header_middle": dicom.on_bytes(dicom.flipped_in_header, "middle"),
        "flip_in_pixels": dicom.on_bytes(dicom.flipped_in_pixels, "middle"),
    }
    found = [
        Corruption(name, suffix, role, draw, corrupt)
        for (suffix, name), corrupt in nifti_kinds.items()
        for role in (FIXED, MOVING, LIVER)
        for draw in range(N_DRAWS)
        if draw < N_DRAWS - 1 or name == "flip_in_header"
    ]
    return found + [
        Corruption(name, DICOM, role, draw, corrupt)
        for name, corrupt in dicom_kinds.items()
        for role in (FIXED, MOVING)
        for draw in range(N_DRAWS - 1 if "header" in name else 1)
    ]


def _headers() -> list[Corruption]:
    values = {
        "dim_x": (0, -64, 32, 30000),
        "dim_z": (1, 25),
        "datatype": (8, 32, 512),
        "bitpix": (8,),
        "pixdim_x": (0, -4, 2, np.nan),
        "pixdim_z": (5.5,),
        "vox_offset": (0, 368, 1e9),
        "slope": (0, -1, 3, np.nan, 1e38),
        "intercept": (100, 1e12, np.inf),
        "qform_code": (0,),
        "sform_code": (0,),
        "quatern_b": (0.6,),
        "qoffset_x": (80,),
        "srow_x0": (0, 5, np.nan),
        "srow_z3": (500,),
    }
    return [
        Corruption(
            f"{field}_{value:g}".replace("+", ""), PLAIN, FIXED, 0, nifti.set_field(field, value)
        )
        for field, chosen in values.items()
        for value in chosen
    ]


def _voxels() -> list[Corruption]:
    kinds = {
        "nan": nifti.with_array(_put(np.nan)),
        "infinite": nifti.with_array(_put(np.inf)),
        "constant": nifti.with_array(lambda array: array * 0 + 7),
        "four_dimensions": nifti.with_array(lambda array: np.stack([array, array], 3)),
        "one_plane": nifti.with_array(lambda array: array[:, :, :1]),
        "complex": nifti.with_array(lambda array: array.astype(np.complex64)),
        "swapped_bytes": nifti.swap_bytes,
        "empty": nifti.empty,
        "cut_last_byte": nifti.cut_last_byte,
        "shorter": nifti.with_array(lambda array: array[:, :, :-3]),
    }
    return [
        Corruption(name, PACKED, role, 0, corrupt)
        for name, corrupt in kinds.items()
        for role in ((FIXED, LIVER) if name in ("empty", "shorter", "constant") else (FIXED,))
    ] + [Corruption("bomb", PACKED, FIXED, 0, nifti.bomb)]


def _affines() -> list[Corruption]:
    kinds = {
        "sform_mirrored": nifti.with_affine(_scaled(-1, 1, 1), both=False),
        "sform_shifted": nifti.with_affine(_shifted(9), both=False),
        "sform_turned": nifti.with_affine(_turned, both=False),
        "sheared": nifti.with_affine(_sheared),
        "shifted": nifti.with_affine(_shifted(40)),
        "stretched": nifti.with_affine(_scaled(1, 1, 1.5)),
        "mirrored": nifti.with_affine(_scaled(-1, 1, 1)),
        "turned": nifti.with_affine(_turned),
        "swapped_axes": nifti.with_array(lambda array: array.transpose(1, 0, 2), np.int16),
    }
    return [
        Corruption(name, PACKED, role, 0, corrupt)
        for name, corrupt in kinds.items()
        for role in (FIXED, MOVING, LIVER)
    ]


def _series() -> list[Corruption]:
    setting = dicom.setting
    kinds = {
        "removed_middle": dicom.remove("middle"),
        "removed_last": dicom.remove("last"),
        "removed_even": dicom.remove("even"),
        "empty_file": dicom.on_bytes(dicom.emptied, "last"),
        "error_page": dicom.on_bytes(dicom.text, "last"),
        "no_pixels": dicom.on_one(dicom.removing("PixelData")),
        "no_position": dicom.on_one(dicom.removing("ImagePositionPatient"), "middle"),
        "no_orientation": dicom.on_all(dicom.removing("ImageOrientationPatient")),
        "spacing_of_one": dicom.on_one(setting(PixelSpacing=[2, 2])),
        "spacing_of_all": dicom.on_all(setting(PixelSpacing=[3, 4])),
        "spacing_zero": dicom.on_all(setting(PixelSpacing=[0, 0])),
        "orientation_of_one": dicom.on_one(setting(ImageOrientationPatient=[-1, 0, 0, 0, 1, 0])),
        "orientation_of_all": dicom.on_all(setting(ImageOrientationPatient=[-1, 0, 0, 0, 1, 0])),
        "skewed": dicom.on_all(setting(ImageOrientationPatient=[1, 0, 0, 0.6, 0.8, 0])),
        "shift_of_one": dicom.on_one(dicom.shifting(7, 0, 0)),
        "lift_of_one": dicom.on_one(dicom.shifting(0, 0, 3)),
        "position_infinite": dicom.on_one(setting(ImagePositionPatient=["1e308", "0", "0"])),
        "shift_of_all": dicom.on_all(dicom.shifting(30, 0, 0)),
        "slope_of_one": dicom.on_one(setting(RescaleSlope=50, RescaleIntercept=0)),
        "slope_negative": dicom.on_all(setting(RescaleSlope=-1, RescaleIntercept=0)),
        "slope_of_all": dicom.on_all(setting(RescaleSlope=2, RescaleIntercept=0)),
        "huge_claim": dicom.on_one(setting(Rows=65535, Columns=65535)),
        "fewer_bits": dicom.on_all(setting(BitsStored=6, HighBit=5)),
        "transposed_pixels": dicom.on_all(dicom.transposing),
        "stated_spacing": dicom.on_all(setting(SpacingBetweenSlices=3)),
        "same_instance": dicom.on_all(setting(SOPInstanceUID="1.2.3")),
    }
    on_both = (
        *("removed_middle", "removed_last", "spacing_of_one", "shift_of_one", "slope_of_one"),
        *("huge_claim", "shift_of_all", "transposed_pixels", "orientation_of_all"),
    )
    return [
        Corruption(name, DICOM, role, 0, corrupt)
        for name, corrupt in kinds.items()
        for role in ((FIXED, MOVING) if name in on_both else (FIXED,))
    ]


def _segmentations() -> list[Corruption]:
    kinds = {
        "truncate": dicom.on_bytes(dicom.truncated, "last"),
        "flip_in_header": dicom.on_bytes(dicom.flipped_in_header, "last"),
        "uneven_frames": dicom.on_all(dicom.shifting_frames),
        "shifted_frames": dicom.on_all(dicom.moving_all_frames),
        "no_frames": dicom.on_all(dicom.removing("PerFrameFunctionalGroupsSequence")),
        "huge_claim": dicom.on_all(dicom.setting(NumberOfFrames=2000000)),
    }
    return [
        Corruption(name, DICOM, LIVER, draw, corrupt)
        for name, corrupt in kinds.items()
        for draw in range(N_DRAWS if name in ("truncate", "flip_in_header") else 1)
    ]


def _put(value: float) -> object:
    def change(array: np.ndarray) -> np.ndarray:
        array[3, 4, 5] = value
        return array

    return change


def _scaled(*factors: float) -> object:
    return lambda affine: affine @ np.diag([*factors, 1.0])


def _shifted(millimetres: float) -> object:
    def change(affine: np.ndarray) -> np.ndarray:
        affine[0, 3] += millimetres
        return affine

    return change


def _turned(affine: np.ndarray) -> np.ndarray:
    """Swap the axes x and y of the affine."""
    return affine[:, [1, 0, 2, 3]]


def _sheared(affine: np.ndarray) -> np.ndarray:
    affine[0, 1] += 1.5
    return affine
