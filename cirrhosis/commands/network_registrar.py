"""Transforms by the cohort's own registrars; nobody is served by one that has seen the patient."""

from collections.abc import Mapping
from typing import Any

from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.fold_models import find_models
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.volume import TransformEstimator
from cirrhosis.imaging.registration_settings import RegistrationSettings


def open_network_registrar(
    values: Mapping[str, Any], splits: Splits, settings: RegistrationSettings
) -> TransformEstimator:
    """Return the estimator of the models that `registration.model` names.

    It holds places of files and is light to send to a worker, which reads the weights when it
    needs them. Whether and how answers are refined stands in the group `registrar`.

    Args:
        values: Plain configuration of the command.
        splits: The split whose patients are served.
        settings: Names the models.

    Raises:
        ContractError: If models are absent, or were trained on another split.
    """
    from cirrhosis.models.registrar_estimator import RegistrarEstimator
    from cirrhosis.models.registrar_settings import RegistrarSettings

    registrar = build_settings(RegistrarSettings, values["registrar"], "registrar")
    models = find_models(values, "registration", settings.model, splits)
    return RegistrarEstimator(
        models.folders_for, registrar.refinement if registrar.refine else None
    )
