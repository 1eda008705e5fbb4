"""Rigid registration near the liver by mutual information, with checks on its outcome."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array, Registrar, Registration, RigidTransform, Volume
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.information import mutual_information
from cirrhosis.imaging.region import Region, cut_region
from cirrhosis.imaging.rigid import (
    IDENTITY,
    itk_transform,
    rigid_transform,
    rotation_deg,
    translation_mm,
)

# Less common ground than this says more about the field of view than about the alignment.
SMALLEST_OVERLAP = 0.5


@dataclass(frozen=True)
class RegistrationSettings:
    """How sequences are aligned to the fixed one.

    Attributes:
        method: `simpleitk`, `none` (scanner coordinates as they are), or the word of a
            registrar that the command injects.
        identity: Hash of the registrar's weights, empty if it has none; part of the key.
        target: The fixed sequence, `pvp` as published; `t1` needs no contrast agent.
        spacing_mm: Voxel size of the isotropic copies; 3 is fast, 2 a little more exact.
        dilation_mm: How far around the fixed liver the metric looks.
        bins: Histogram bins of each image.
        sampling: Fraction of the region's voxels in each evaluation of the metric.
        seed: Of the choice of those voxels.
        shrink_factors: Coarsening of the levels, first to last. The last level is entered
            twice with fresh samples: the optimiser now and then stops early in the first.
        smoothing_mm: Blur of the levels, first to last.
        iterations: Largest number of steps in each level.
        step_mm: First step of the optimiser, as a shift in space.
        tolerance_mm: Step at which the optimiser stops.
        max_rotation_deg: A larger rotation is not believed.
        max_translation_mm: A larger shift of the liver's centre is not believed.
    """

    method: str = "simpleitk"
    identity: str = ""
    target: str = "pvp"
    spacing_mm: float = 3.0
    dilation_mm: float = 10.0
    bins: int = 32
    sampling: float = 0.3
    seed: int = 17
    shrink_factors: tuple[int, ...] = (4, 2, 1, 1)
    smoothing_mm: tuple[float, ...] = (6.0, 3.0, 0.0, 0.0)
    iterations: int = 100
    step_mm: float = 3.0
    tolerance_mm: float = 0.005
    max_rotation_deg: float = 15.0
    max_translation_mm: float = 40.0


@dataclass(frozen=True)
class SimpleITKRegistrar:
    """Align by Mattes mutual information inside the dilated fixed liver; fits `Registrar`.

    The same inputs give the same transform to the last bit: sampling is seeded and ITK
    runs on one thread, so parallelism belongs to the level of patients.
    """

    settings: RegistrationSettings

    def identify(self, patient_id: str) -> str:
        """Return nothing: there are no weights."""
        return ""

    def __call__(
        self, fixed: Volume, moving: Volume, fixed_liver: Volume | None, *, patient_id: str
    ) -> Registration:
        """Return the rigid transform from fixed to moving space, or identity and a flag.

        Raises:
            ContractError: If the volumes do not overlap near the liver.
        """
        with one_thread():
            region = _cut(fixed, moving, fixed_liver, self.settings)
            try:
                found = _optimise(region, self.settings)
            except RuntimeError:
                # ITK stops when too few samples of the region fall inside the moving volume.
                return _judge(region, IDENTITY, self.settings, ("optimizer_failed",))
            return _judge(region, found, self.settings, ())


@dataclass(frozen=True)
class IdentityRegistrar:
    """Trust the scanner's coordinates, and measure how well they agree; fits `Registrar`."""

    settings: RegistrationSettings

    def identify(self, patient_id: str) -> str:
        """Return nothing: there are no weights."""
        return ""

    def __call__(
        self, fixed: Volume, moving: Volume, fixed_liver: Volume | None, *, patient_id: str
    ) -> Registration:
        """Return the identity.

        Raises:
            ContractError: If the volumes do not overlap near the liver.
        """
        with one_thread():
            region = _cut(fixed, moving, fixed_liver, self.settings)
            return _judge(region, IDENTITY, self.settings, ())


def choose_registrar(settings: RegistrationSettings) -> Registrar:
    """Return the registrar that `settings.method` names.

    Raises:
        ContractError: If this package has no such method.
    """
    known: dict[str, Registrar] = {
        "simpleitk": SimpleITKRegistrar(settings),
        "none": IdentityRegistrar(settings),
    }
    if settings.method not in known:
        raise ContractError(
            f"expected `registration.method` to be one of {', '.join(sorted(known))}, but got"
            f" '{settings.method}'"
        )
    return known[settings.method]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let ITK use one thread inside the block: sums in another order differ in last bits."""
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def _cut(
    fixed: Volume, moving: Volume, liver: Volume | None, settings: RegistrationSettings
) -> Region:
    return cut_region(
        fixed,
        moving,
        liver if liver is not None else like(fixed, np.ones(fixed.array.shape, np.uint8)),
        spacing_mm=settings.spacing_mm,
        dilation_mm=settings.dilation_mm,
        motion_mm=settings.max_translation_mm,
    )


def _optimise(region: Region, settings: RegistrationSettings) -> RigidTransform:
    """Return the transform that maximises mutual information, from scanner coordinates."""
    euler = sitk.Euler3DTransform()
    # About the liver's own centre, rotation and shift are nearly independent.
    euler.SetCenter(region.center_mm)
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(settings.bins)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(settings.sampling, settings.seed)
    method.SetMetricFixedMask(region.mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel(settings.shrink_factors)
    method.SetSmoothingSigmasPerLevel(settings.smoothing_mm)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=settings.step_mm,
        minStep=settings.tolerance_mm,
        numberOfIterations=settings.iterations,
        relaxationFactor=0.5,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(euler, inPlace=True)
    method.Execute(region.fixed, region.moving)
    return rigid_transform(euler)


def _judge(
    region: Region,
    found: RigidTransform,
    settings: RegistrationSettings,
    flags: tuple[str, ...],
) -> Registration:
    """Accept `found` only if it is believable and the information grew."""
    before, after, overlap = _measure(region, found, settings.bins)
    if overlap < SMALLEST_OVERLAP:
        flags += ("little_overlap",)
    if settings.method == "none":
        return Registration(IDENTITY, "identity", before, before, flags)
    if rotation_deg(found) > settings.max_rotation_deg:
        flags += ("rotation_too_large",)
    if translation_mm(found) > settings.max_translation_mm:
        flags += ("translation_too_large",)
    if not flags and after <= before:
        flags += ("information_not_improved",)
    if flags:
        return Registration(IDENTITY, "identity", before, before, flags)
    return Registration(found, settings.method, before, after, ())


def _measure(region: Region, found: RigidTransform, bins: int) -> tuple[float, float, float]:
    """Return the information at identity and at `found`, and the share of common voxels."""
    inside = sitk.GetArrayViewFromImage(region.mask) > 0
    fixed = sitk.GetArrayViewFromImage(region.fixed)[inside]
    start, end = (_moved(region, transform)[inside] for transform in (IDENTITY, found))
    common = np.isfinite(start) & np.isfinite(end)
    if not common.any():
        return 0.0, 0.0, 0.0
    before = mutual_information(fixed[common], start[common], bins=bins)
    after = mutual_information(fixed[common], end[common], bins=bins)
    return before, after, float(common.mean())


def _moved(region: Region, transform: RigidTransform) -> Array:
    moved = sitk.Resample(
        region.moving, region.fixed, itk_transform(transform), sitk.sitkLinear, float("nan")
    )
    return sitk.GetArrayFromImage(moved)
