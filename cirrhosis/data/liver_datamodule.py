"""Feeds the segmenter: every step is a function of the seed and its number alone."""

from collections.abc import Sequence

import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from cirrhosis.contracts.batch import LiverBatch
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.data.liver_augmentation import augment_windows
from cirrhosis.data.liver_augmentation_settings import LiverAugmentationSettings
from cirrhosis.data.liver_example import LiverExample
from cirrhosis.data.liver_windows import LiverWindows


class LiverDataModule(LightningDataModule):
    """Batches of windows from volumes that lie in memory, sequences mixed.

    What is handed round are numbers of steps; windows are cut and augmented where the network
    is, so that a GPU does it.

    Args:
        examples: Volumes to learn from.
        augmentation: Strength of each effect.
        window: Size (z, y, x); with z of 1 slices are shown as images, their neighbours as
            channels.
        context: Neighbouring slices on either side.
        batch_size: Windows per step.
        steps_per_epoch: Steps that Lightning calls an epoch.
        liver_share: Of the windows that are placed around the liver.
        seed: Of all that is drawn.
    """

    def __init__(
        self,
        examples: Sequence[LiverExample],
        augmentation: LiverAugmentationSettings,
        *,
        window: tuple[int, int, int],
        context: int,
        batch_size: int,
        steps_per_epoch: int,
        liver_share: float,
        seed: int,
    ) -> None:
        super().__init__()
        self.windows = LiverWindows(examples, window, context=context, liver_share=liver_share)
        self.augmentation = augmentation
        self.batch_size, self.steps_per_epoch = batch_size, steps_per_epoch
        self.is_flat = window[0] == 1
        self.seed = seed

    def train_dataloader(self) -> DataLoader[int]:
        """Return the numbers of an epoch's steps."""
        numbers: list[int] = list(range(self.steps_per_epoch))
        return DataLoader(numbers, batch_size=None)  # type: ignore[arg-type]

    def on_after_batch_transfer(self, batch: int | Tensor, dataloader_idx: int) -> LiverBatch:
        """Return the batch of a step."""
        del dataloader_idx
        assert self.trainer is not None
        step = self.trainer.current_epoch * self.steps_per_epoch + int(batch)
        return self.make_batch(step, self.trainer.strategy.root_device)

    def make_batch(self, step: int, device: torch.device) -> LiverBatch:
        """Return the batch of step `step`, counted from 0 over all epochs."""
        generator = torch.Generator().manual_seed(seed_of(self.seed, "liver windows", step))
        images, livers = self.windows.cut(self.windows.draw(self.batch_size, generator))
        images, livers = images.to(device), livers.to(device, torch.float32)
        images, livers = augment_windows(images, livers, self.augmentation, generator=generator)
        if self.is_flat:
            return {"image": images, "liver": livers}
        return {"image": images[:, None], "liver": livers[:, None]}
