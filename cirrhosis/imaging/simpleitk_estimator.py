"""A rigid transform by SimpleITK: Mattes mutual information, regular steps downhill."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import RigidTransform, Volume
from cirrhosis.imaging.geometry import image_of, points_of
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import rigid_transform


class EstimationError(Exception):
    """An estimator found no transform; the registration then stays at identity."""


@dataclass(frozen=True)
class SimpleITKEstimator:
    """Maximise mutual information inside the region; fits `TransformEstimator`.

    The same inputs give the same transform to the last bit: sampling is seeded and ITK
    runs on one thread, so parallelism belongs to the level of patients.

    References:
        Mattes D, Haynor DR, Vesselle H, Lewellen TK, Eubank W. PET-CT image registration in
        the chest using free-form deformations. IEEE Trans Med Imaging 2003;22:120-128.
    """

    settings: RegistrationSettings

    def identify(self, patient_id: str) -> str:
        """Return nothing: there are no weights."""
        return ""

    def __call__(
        self, fixed: Volume, moving: Volume, region: Volume, *, patient_id: str
    ) -> RigidTransform:
        """Return the transform of the greatest information, sought from scanner coordinates.

        Raises:
            EstimationError: If too few voxels of the region fall inside the moving volume.
        """
        euler = sitk.Euler3DTransform()
        # About the region's own centre, rotation and shift are nearly independent.
        euler.SetCenter(points_of(region, np.argwhere(region.array).mean(0, keepdims=True))[0])
        with one_thread():
            method = _build(self.settings)
            method.SetMetricFixedMask(image_of(region))
            method.SetInitialTransform(euler, inPlace=True)
            try:
                method.Execute(image_of(fixed), image_of(moving))
            except RuntimeError as error:
                raise EstimationError(str(error)) from error
        return rigid_transform(euler)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let ITK use one thread inside the block: sums in another order differ in last bits."""
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def _build(settings: RegistrationSettings) -> sitk.ImageRegistrationMethod:
    """Return metric, levels and optimiser of the settings."""
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(settings.bins)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(settings.sampling, settings.seed)
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
    return method
