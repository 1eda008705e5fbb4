"""The data module of one run, as the configuration names it."""

from typing import Any

from cirrhosis.commands.configuration import build_settings
from cirrhosis.contracts.sides import Sides
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.data.resident import ResidentSlices


def build_data(
    slices: ResidentSlices, targets: dict[str, int], sides: Sides, config: dict[str, Any]
) -> SliceDataModule:
    """Return the data module of one fold."""
    settings = build_settings(AugmentationSettings, config["augmentation"], "augmentation")
    return SliceDataModule(
        slices,
        targets,
        sides,
        batch_size=config["data"]["batch_size"],
        mask=config["data"]["mask"],
        augmentation=None if settings.is_identity else BatchAugmentation(settings),
        seed=config["seed"],
    )
