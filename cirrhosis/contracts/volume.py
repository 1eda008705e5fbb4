"""A volume in one orientation, and what stages need of readers, masks and registration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Volume:
    """Voxels on a grid in patient space.

    Attributes:
        array: Intensities, shape (z, y, x); z runs from foot to head, y from front to back,
            x from the patient's right to left (LPS).
        spacing_mm: Distance between voxel centres along (z, y, x), in millimetres.
        origin_mm: LPS position (x, y, z) of the centre of voxel [0, 0, 0], in millimetres.
        direction: Cosines as SimpleITK holds them, row-major 3 x 3 for axes (x, y, z).
    """

    array: Array
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, ...]

    def same_grid(self, other: "Volume", tolerance_mm: float = 1e-3) -> bool:
        """Return whether both volumes have their voxels at the same places."""
        return self.array.shape == other.array.shape and all(
            np.allclose(mine, theirs, atol=tolerance_mm)
            for mine, theirs in (
                (self.spacing_mm, other.spacing_mm),
                (self.origin_mm, other.origin_mm),
                (self.direction, other.direction),
            )
        )


class RigidTransform(NamedTuple):
    """Where a point of the fixed volume lies in the moving one: y = R (x - c) + c + t.

    Attributes:
        rotation: Matrix R, row-major, nine numbers.
        center_mm: Centre c in LPS millimetres.
        translation_mm: Shift t in LPS millimetres.
    """

    rotation: tuple[float, ...]
    center_mm: tuple[float, float, float]
    translation_mm: tuple[float, float, float]


class Registration(NamedTuple):
    """A transform and what is needed to judge it.

    Attributes:
        transform: From fixed to moving space.
        method: Name of the method, or `identity` where none was applied.
        information_before: Mutual information in the region at identity, in nats.
        information_after: The same at `transform`.
        flags: Reasons for distrust, empty if none.
    """

    transform: RigidTransform
    method: str
    information_before: float
    information_after: float
    flags: tuple[str, ...]


class LiverMask(NamedTuple):
    """The liver of one volume and where it comes from.

    Attributes:
        mask: uint8, 1 inside the liver, on the grid of the volume.
        source: Origin in words for `qc.csv`, such as `file` or `model fold 2 (out-of-fold)`.
        flags: Reasons for distrust, empty if none.
    """

    mask: Volume
    source: str
    flags: tuple[str, ...] = ()


class VolumeReader(Protocol):
    """Read one volume from a file or a folder, in LPS."""

    def __call__(self, path: Path, series: str = "") -> Volume:
        """Return the volume; raise `ContractError` if it is not one.

        Args:
            path: NIfTI file, or folder with DICOM files.
            series: Key of one volume in a folder that holds several; empty for the only one.
        """
        ...


class LiverSegmenter(Protocol):
    """Give the liver of one volume."""

    def identify(self, patient_id: str) -> str:
        """Return what a mask depends on beside the volume, the mask file and the settings.

        That is a hash of the weights that serve this patient; empty without weights.
        """
        ...

    def __call__(self, volume: Volume, *, patient_id: str, mask_path: Path | None) -> LiverMask:
        """Return the liver on the grid of `volume`; raise `ContractError` if there is none."""
        ...


class TransformEstimator(Protocol):
    """Find a rigid transform between two isotropic copies; judged by who called it."""

    def identify(self, patient_id: str) -> str:
        """Return a hash of the weights that serve this patient; empty without weights."""
        ...

    def __call__(
        self, fixed: Volume, moving: Volume, region: Volume, *, patient_id: str
    ) -> RigidTransform:
        """Return the transform from fixed to moving space.

        Args:
            fixed: float32, isotropic, around the fixed liver.
            moving: float32, isotropic, wide enough for the largest motion; another grid.
            region: uint8 on the grid of `fixed`, 1 where the images are compared.
            patient_id: Of the patient, who may have a model of its own.
        """
        ...


class Registrar(Protocol):
    """Align a moving volume to a fixed one near the fixed liver."""

    def identify(self, patient_id: str) -> str:
        """Return what a transform depends on beside volumes, liver and settings."""
        ...

    def __call__(
        self, fixed: Volume, moving: Volume, fixed_liver: Volume | None, *, patient_id: str
    ) -> Registration:
        """Return the rigid transform from fixed to moving space.

        Args:
            fixed: Volume that stays.
            moving: Volume to be aligned.
            fixed_liver: Mask on the grid of `fixed`; None compares all of the image.
            patient_id: Of the patient.
        """
        ...
