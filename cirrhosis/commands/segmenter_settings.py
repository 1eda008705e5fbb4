"""The settings of the liver segmenter: the group `segmenter` of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cirrhosis.commands.configuration import build_settings
from cirrhosis.data.liver_augmentation_settings import LiverAugmentationSettings
from cirrhosis.models.liver_settings import LiverNetworkSettings, LiverTrainingSettings


@dataclass(frozen=True)
class SegmenterSettings:
    """Everything that changes a trained segmenter beside its volumes.

    Attributes:
        network: Input and network.
        training: Number and kind of steps.
        augmentation: What is done to the windows.
    """

    network: LiverNetworkSettings = field(default_factory=LiverNetworkSettings)
    training: LiverTrainingSettings = field(default_factory=LiverTrainingSettings)
    augmentation: LiverAugmentationSettings = field(default_factory=LiverAugmentationSettings)


def read_segmenter_settings(values: Mapping[str, Any]) -> SegmenterSettings:
    """Return the settings that the configuration asks for.

    Raises:
        ContractError: If one is unknown or refused.
    """
    return build_settings(SegmenterSettings, values["segmenter"], "segmenter")
