"""The same training as users of MONAI and Lightning write it: sample by sample, in workers."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import monai.transforms as monai
import torch
from monai.data import CacheDataset
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.utils.data import DataLoader

from cirrhosis.contracts.store import read_slices

KEYS, MODES = ("image", "mask"), ("bilinear", "nearest")


class LoadSlices(monai.Transform):  # type: ignore[misc]
    """Read a patient's slices; MONAI keeps what comes out, because nothing of it is random."""

    def __init__(self, sequences: Sequence[str]) -> None:
        self.sequences = sequences

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return images (sequences x slices, H, W), mask (slices, H, W) and target."""
        slices = read_slices(sample["path"], self.sequences)
        images = [torch.from_numpy(slices.images[name]).float() for name in self.sequences]
        mask = torch.from_numpy(slices.mask).float()
        return {"image": torch.cat(images), "mask": mask, "target": sample["target"]}


def list_transforms(settings: Mapping[str, Any], size: int) -> list[Any]:
    """Return the five effects with the ranges and probabilities of our configuration.

    Args:
        settings: The part `augmentation` of a run's configuration.
        size: Of each side of a slice.
    """
    elastic = settings["elastic_fraction"] * size
    spacing = size / (settings["elastic_points"] - 1)
    low, high = settings["zoom"]
    return [
        monai.RandRotated(
            KEYS,
            math.radians(settings["rotation_degrees"]),
            prob=settings["rotation_probability"],
            mode=MODES,
            padding_mode="zeros",
        ),
        monai.RandZoomd(
            KEYS,
            prob=settings["zoom_probability"],
            min_zoom=low,
            max_zoom=high,
            mode=MODES,
            padding_mode="constant",
        ),
        monai.Rand2DElasticd(
            KEYS,
            spacing=(spacing, spacing),
            magnitude_range=(elastic, elastic),
            prob=settings["elastic_probability"],
            mode=MODES,
            padding_mode="zeros",
        ),
        monai.RandAdjustContrastd(
            "image", prob=settings["gamma_probability"], gamma=tuple(settings["gamma"])
        ),
        monai.RandGaussianNoised(
            "image", prob=settings["noise_probability"], std=settings["noise_std"][1]
        ),
        monai.ConcatItemsd(KEYS, "image"),
        monai.DeleteItemsd("mask"),
        monai.ToTensord("image", track_meta=False),
    ]


def cache_patients(
    paths: Mapping[Path, int], sequences: Sequence[str], transforms: list[Any]
) -> CacheDataset:
    """Return MONAI's cached data set: everyone is read once, before training.

    Args:
        paths: Slices of each patient, and the class.
        sequences: To read.
        transforms: What is done to a sample each time.
    """
    samples = [{"path": path, "target": float(target)} for path, target in paths.items()]
    steps = monai.Compose([LoadSlices(sequences), *transforms])
    return CacheDataset(samples, steps, cache_rate=1.0, num_workers=0, progress=False)


def load(samples: CacheDataset, batch_size: int, n_workers: int) -> DataLoader[Any]:
    """Return torch's loader with workers that live as long as the training."""
    return DataLoader(
        samples,
        batch_size=batch_size,
        shuffle=True,
        num_workers=n_workers,
        persistent_workers=n_workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


class PlainModule(LightningModule):
    """The network, its loss and its optimiser, and nothing of ours.

    Args:
        network: Maps images (N, C, H, W) to logits (N, 1).
        optimizer: Builds the optimiser from the parameters.
    """

    def __init__(self, network: nn.Module, optimizer: partial[Any]) -> None:
        super().__init__()
        self.network = network
        self.optimizer = optimizer
        self.loss = nn.BCEWithLogitsLoss()

    def training_step(self, batch: Mapping[str, Tensor], batch_idx: int) -> Tensor:
        """Return the loss of a batch."""
        del batch_idx
        logits = self.network(batch["image"]).squeeze(1)
        loss = self.loss(logits, batch["target"].to(logits.dtype))
        size = len(batch["target"])
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=size)
        return loss

    def configure_optimizers(self) -> Any:
        """Build the optimiser."""
        return self.optimizer(self.parameters())
