"""The metric on the thick slices as they are: how it was not done, to be compared."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Registration, Volume
from cirrhosis.imaging.geometry import image_of, like, volume_of
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import IDENTITY
from cirrhosis.imaging.simpleitk_estimator import EstimationError, SimpleITKEstimator


@dataclass(frozen=True)
class NativeGridRegistrar:
    """Align inside the dilated liver without isotropic copies and without a judge."""

    settings: RegistrationSettings

    def identify(self, patient_id: str) -> str:
        """Return nothing: there are no weights."""
        return ""

    def __call__(
        self, fixed: Volume, moving: Volume, fixed_liver: Volume | None, *, patient_id: str
    ) -> Registration:
        """Return whatever SimpleITK finds."""
        if fixed_liver is None:
            raise ValueError("expected a liver, got None")
        distance = sitk.SignedMaurerDistanceMap(
            image_of(fixed_liver), squaredDistance=False, useImageSpacing=True
        )
        near = sitk.Cast(distance <= self.settings.dilation_mm, sitk.sitkUInt8)
        images = [like(one, one.array.astype(np.float32)) for one in (fixed, moving)]
        try:
            found = SimpleITKEstimator(self.settings)(
                images[0], images[1], volume_of(near), patient_id=patient_id
            )
        except EstimationError:
            return Registration(IDENTITY, "identity", 0.0, 0.0, ("optimizer_failed",))
        return Registration(found, "native_grid", 0.0, 0.0, ())
