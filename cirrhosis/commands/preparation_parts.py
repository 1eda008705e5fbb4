"""The parts that `prepare` puts together: where livers and transforms come from."""

from collections.abc import Mapping
from typing import Any

from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.volume import LiverSegmenter, Registrar
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import FILE, MODEL, LiverSettings
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings


def open_segmenter(
    values: Mapping[str, Any], splits: Splits, settings: LiverSettings
) -> LiverSegmenter:
    """Return what `liver.source` names; whatever needs torch is loaded only if it is asked for.

    Args:
        values: Plain configuration of the command.
        splits: The split whose patients are prepared.
        settings: Of the livers.

    Raises:
        ContractError: If models or an external program are not there.
    """
    if settings.source == FILE:
        return FileLiverSegmenter(settings)
    if settings.source == MODEL:
        from cirrhosis.commands.model_liver import open_model_segmenter

        return open_model_segmenter(values, splits, settings)
    from cirrhosis.imaging.external_liver import open_external_segmenter

    return open_external_segmenter(
        settings.source, settings.external, largest_component=settings.largest_component
    )


def open_registrar(
    values: Mapping[str, Any], splits: Splits, settings: RegistrationSettings
) -> Registrar:
    """Return what `registration.method` names; torch is loaded for a network alone.

    Args:
        values: Plain configuration of the command.
        splits: The split whose patients are prepared.
        settings: Of the registration.

    Raises:
        ContractError: If there is no such method, or its models are not there.
    """
    if settings.method != "network":
        return choose_registrar(settings)
    from cirrhosis.commands.network_registrar import open_network_registrar

    return choose_registrar(settings, open_network_registrar(values, splits, settings))
