"""Rigid registration: cut the region, let an estimator find a transform, judge it."""

from dataclasses import dataclass

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import (
    Registrar,
    Registration,
    RigidTransform,
    TransformEstimator,
    Volume,
)
from cirrhosis.imaging.agreement import measure_agreement
from cirrhosis.imaging.bias_field import even_region
from cirrhosis.imaging.region import Region, cut_image, cut_region
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import (
    IDENTITY,
    is_rigid,
    recentred,
    rotation_deg,
    translation_mm,
)
from cirrhosis.imaging.simpleitk_estimator import EstimationError, SimpleITKEstimator, one_thread

# Less common ground than this says more about the field of view than about the alignment.
SMALLEST_OVERLAP = 0.5


@dataclass(frozen=True)
class RegionRegistrar:
    """Align by what an estimator finds in the region, if it can be believed; fits `Registrar`.

    A transform is believed if it is rigid, within the limits, leaves enough of the region
    inside the moving volume, and the mutual information grows. Otherwise the scanner's
    coordinates stay, with a flag for each reason.
    """

    settings: RegistrationSettings
    estimator: TransformEstimator

    def identify(self, patient_id: str) -> str:
        """Return what the estimator depends on beside its inputs."""
        return self.estimator.identify(patient_id)

    def __call__(
        self, fixed: Volume, moving: Volume, fixed_liver: Volume | None, *, patient_id: str
    ) -> Registration:
        """Return the rigid transform from fixed to moving space, or identity and a flag.

        Raises:
            ContractError: If the volumes do not overlap near the liver, or anywhere where
                there is none.
        """
        with one_thread():
            region = _cut(fixed, moving, fixed_liver, self.settings)
            try:
                found = self.estimator(
                    region.fixed, region.moving, region.mask, patient_id=patient_id
                )
            except EstimationError:
                return _keep_start(region, self.settings, ("optimizer_failed",))
            return _judge(region, found, self.settings)


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
            ContractError: If the volumes do not overlap near the liver, or anywhere where
                there is none.
        """
        with one_thread():
            return _keep_start(_cut(fixed, moving, fixed_liver, self.settings), self.settings, ())


def choose_registrar(
    settings: RegistrationSettings, estimator: TransformEstimator | None = None
) -> Registrar:
    """Return the registrar that `settings.method` names.

    Args:
        settings: How to align.
        estimator: Serves `method=network`; nothing else uses it.

    Raises:
        ContractError: If there is no such method, or `network` comes without an estimator.
    """
    if settings.method == "none":
        return IdentityRegistrar(settings)
    if settings.method == "simpleitk":
        return RegionRegistrar(settings, SimpleITKEstimator(settings))
    if settings.method != "network":
        raise ContractError(
            "expected `registration.method` to be one of network, none, simpleitk, but got"
            f" '{settings.method}'"
        )
    if estimator is None:
        raise ContractError(
            "expected a trained network for `registration.method=network`, but got none; name"
            " it in `registration.model`"
        )
    return RegionRegistrar(settings, estimator)


def _cut(
    fixed: Volume, moving: Volume, liver: Volume | None, settings: RegistrationSettings
) -> Region:
    if liver is None:
        region = cut_image(fixed, moving, spacing_mm=settings.spacing_mm)
    else:
        region = cut_region(
            fixed,
            moving,
            liver,
            spacing_mm=settings.spacing_mm,
            dilation_mm=settings.dilation_mm,
            motion_mm=settings.max_translation_mm,
        )
    return even_region(region) if settings.even_bias else region


def _judge(region: Region, found: RigidTransform, settings: RegistrationSettings) -> Registration:
    """Accept `found` only if it is believable and the information grew."""
    if not is_rigid(found):
        return _keep_start(region, settings, ("not_rigid",))
    # The shift of the region's own centre, wherever the estimator turned about.
    found = recentred(found, region.center_mm)
    agreement = measure_agreement(region, found, bins=settings.bins)
    doubts = {
        "little_overlap": agreement.overlap < SMALLEST_OVERLAP,
        "rotation_too_large": rotation_deg(found) > settings.max_rotation_deg,
        "translation_too_large": translation_mm(found) > settings.max_translation_mm,
    }
    flags = tuple(name for name, raised in doubts.items() if raised)
    if not flags and agreement.after <= agreement.before:
        flags = ("information_not_improved",)
    if flags:
        return Registration(IDENTITY, "identity", agreement.before, agreement.before, flags)
    return Registration(found, settings.method, agreement.before, agreement.after, ())


def _keep_start(
    region: Region, settings: RegistrationSettings, flags: tuple[str, ...]
) -> Registration:
    """Return the scanner's coordinates as they are."""
    agreement = measure_agreement(region, IDENTITY, bins=settings.bins)
    if agreement.overlap < SMALLEST_OVERLAP:
        flags = ("little_overlap", *flags)
    return Registration(IDENTITY, "identity", agreement.before, agreement.before, flags)
