"""Serves one run: train, stopping and prediction batches of one fold."""

from collections.abc import Sequence

import torch
from pytorch_lightning import LightningDataModule
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from cirrhosis.contracts.batch import Batch, check_batch
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.sides import Sides, check_sides
from cirrhosis.data.augmentation import BatchAugmentation
from cirrhosis.data.batches import ShuffledBatches
from cirrhosis.data.resident import ResidentSlices, count_channels, join_channels


class SliceDataModule(LightningDataModule):
    """Feed a classifier with the slices of one fold.

    Loaders carry row numbers; channels are gathered, and in training augmented, after the
    transfer, on the device and for the whole batch.

    Args:
        slices: Slices of every patient of `sides`.
        targets: Class per patient identifier.
        sides: Who is on which side.
        batch_size: Patients per batch.
        mask: `channel`, `multiply` or `none`.
        augmentation: Applied to training batches; None leaves them as they are.
        seed: Of order and augmentation.

    Raises:
        ContractError: If a patient stands on two sides.
    """

    def __init__(
        self,
        slices: ResidentSlices,
        targets: dict[str, int],
        sides: Sides,
        *,
        batch_size: int,
        mask: str,
        augmentation: BatchAugmentation | None,
        seed: int,
    ) -> None:
        super().__init__()
        self.slices = slices
        self.sides = check_sides(sides)
        self.batch_size = batch_size
        self.mask = mask
        self.augmentation = augmentation
        self.seed = seed
        self.targets = torch.tensor([float(targets[name]) for name in slices.patients])
        n_slices = slices.masks.shape[1]
        self.n_images = n_slices * len(slices.sequences)
        self.n_channels = count_channels(len(slices.sequences), n_slices, mask=mask)

    @property
    def predicted(self) -> dict[str, tuple[str, ...]]:
        """Patients to predict: `training` (the held-out fold) and every test split."""
        return {"training": self.sides.held_out, **self.sides.tests}

    def train_dataloader(self) -> DataLoader[int]:
        """Return shuffled, even batches of the training side."""
        rows = self.slices.rows(self.sides.train)
        batches = ShuffledBatches(rows, batch_size=self.batch_size, seed=self.seed)
        dataset = range(len(self.slices.patients))
        return DataLoader(dataset, batch_sampler=batches)  # type: ignore[arg-type]

    def val_dataloader(self) -> DataLoader[int]:
        """Return the stopping side in file order."""
        return self._ordered(self.sides.stopping)

    def predict_dataloader(self) -> DataLoader[int]:
        """Return the held-out fold, then the test splits."""
        return self._ordered([name for names in self.predicted.values() for name in names])

    def on_after_batch_transfer(self, batch: Tensor, dataloader_idx: int) -> Batch:
        """Turn row numbers into a batch of channels."""
        del dataloader_idx
        rows = batch.to(self.slices.images.device)
        images = self.slices.images[rows].to(batch.device)
        masks = None if self.mask == "none" else self.slices.masks[rows].to(batch.device)
        if self.augmentation is not None and self.trainer is not None and self.trainer.training:
            step = seed_of(self.seed, "augmentation", self.trainer.global_step)
            generator = Generator().manual_seed(step)
            images, masks = self.augmentation(images, masks, generator=generator)
        image = join_channels(images, masks, mask=self.mask)
        target = self.targets[batch.cpu()].to(batch.device)
        return check_batch(Batch(patient=batch, image=image, target=target), self.n_channels)

    def _ordered(self, patients: Sequence[str]) -> DataLoader[int]:
        rows = self.slices.rows(patients)
        return DataLoader(rows, batch_size=self.batch_size)  # type: ignore[arg-type]
