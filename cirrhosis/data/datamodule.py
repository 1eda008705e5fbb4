"""Serves one run: train, stopping and prediction batches of one fold."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from pytorch_lightning import LightningDataModule
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Sampler

from cirrhosis.contracts.batch import Batch, check_batch
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.sides import Sides, check_sides
from cirrhosis.data.augmentation import BatchAugmentation
from cirrhosis.data.batches import OrderedBatches
from cirrhosis.data.batching import Batching
from cirrhosis.data.channels import join_channels
from cirrhosis.data.movement import Planes
from cirrhosis.data.selection import SliceSelection
from cirrhosis.data.slice_source import FetchedBatch, SliceSource


class GatheredBatch(NamedTuple):
    """A batch on the device, not augmented yet.

    Attributes:
        patient: Rows, int64.
        target: Classes, float32.
        planes: Images and masks, float32.
    """

    patient: Tensor
    target: Tensor
    planes: Planes


class SliceDataModule(LightningDataModule):
    """Feed a classifier with the slices of one fold.

    Slices are gathered where they lie, and augmented on the device for the whole batch. What
    a batch holds depends on the seed, the epoch, the step and the rank alone, wherever the
    slices lie.

    Args:
        slices: What the run reads: every patient of `sides`.
        open_source: Returns the slices themselves for a device and the number of processes
            of this host that train together.
        targets: Class per patient identifier.
        sides: Who is on which side.
        batching: How patients are put together.
        augmentation: Applied to training batches; None leaves them as they are.

    Raises:
        ContractError: If a patient stands on two sides.
    """

    def __init__(
        self,
        slices: SliceSelection,
        open_source: Callable[[torch.device, int], SliceSource],
        targets: dict[str, int],
        sides: Sides,
        *,
        batching: Batching,
        augmentation: BatchAugmentation | None,
    ) -> None:
        super().__init__()
        self.slices = slices
        self.sides = check_sides(sides)
        self.batching = batching
        self.augmentation = augmentation
        self.targets = torch.tensor([float(targets[name]) for name in slices.patients])
        self._open_source = open_source
        self._source: SliceSource | None = None

    @property
    def n_slices(self) -> int:
        """Slices of a patient."""
        return self.slices.shape[0]

    @property
    def n_planes(self) -> int:
        """Images per slice: one per sequence, and the mask if it is a channel."""
        return self.slices.n_planes

    @property
    def n_channels(self) -> int:
        """Channels of a batch: planes times slices."""
        return self.slices.n_channels

    @property
    def predicted(self) -> dict[str, tuple[str, ...]]:
        """Patients to predict: `training` (the held-out fold) and every test split."""
        return {"training": self.sides.held_out, **self.sides.tests}

    @property
    def source(self) -> SliceSource:
        """The slices; before a trainer is there, for the CPU."""
        if self._source is None:
            self._source = self._open_source(torch.device("cpu"), 1)
        return self._source

    def predicted_rows(self, rank: int = 0, n_ranks: int = 1) -> list[int]:
        """Return whom a rank predicts, as places in the list of all predicted patients."""
        n_predicted = sum(len(patients) for patients in self.predicted.values())
        return list(range(n_predicted))[rank::n_ranks]

    def setup(self, stage: str) -> None:
        """Bring the slices to the trainer's device; Lightning calls it in every rank."""
        del stage
        if self.trainer is not None:
            device = self.trainer.strategy.root_device
            self._source = self._open_source(device, self.trainer.num_devices)

    def train_dataloader(self) -> DataLoader[FetchedBatch]:
        """Return even batches of the training side, in another order in every epoch."""
        rows = self.slices.rows(self.sides.train)
        rank, n_ranks = self._rank()
        batches = self.batching.deal(rows, self.targets, rank=rank, n_ranks=n_ranks)
        if self.trainer is not None:
            # Workers read ahead before Lightning tells the epoch of a run that goes on.
            batches.set_epoch(self.trainer.current_epoch)
        return self._load(batches)

    def val_dataloader(self) -> DataLoader[FetchedBatch]:
        """Return the stopping side in file order."""
        return self._load(self._ordered(self.sides.stopping))

    def predict_dataloader(self) -> DataLoader[FetchedBatch]:
        """Return the held-out fold, then the test splits."""
        patients = [name for names in self.predicted.values() for name in names]
        return self._load(self._ordered(patients))

    def transfer_batch_to_device(
        self, batch: FetchedBatch, device: torch.device, dataloader_idx: int
    ) -> GatheredBatch:
        """Gather the slices of a batch on `device`."""
        del dataloader_idx
        # Classes are looked up on the host, where nothing has to wait for the device.
        target = self.targets[batch.patient].to(device, non_blocking=True)
        planes = self.source.gather(batch, device)
        return GatheredBatch(batch.patient.to(device, non_blocking=True), target, planes)

    def on_after_batch_transfer(self, batch: GatheredBatch, dataloader_idx: int) -> Batch:
        """Augment in training and join the channels."""
        del dataloader_idx
        planes = batch.planes
        if self.augmentation is not None and self.trainer is not None and self.trainer.training:
            generator = Generator().manual_seed(self._augmentation_seed())
            planes = Planes(*self.augmentation(planes.images, planes.masks, generator=generator))
        image = join_channels(planes, mask=self.slices.mask)
        made = Batch(patient=batch.patient, image=image, target=batch.target)
        return check_batch(made, self.n_channels)

    def _augmentation_seed(self) -> int:
        rank, n_ranks = self._rank()
        own = (rank,) if n_ranks > 1 else ()
        # Batches that came before, not steps: several batches may share a step.
        done = self.trainer.fit_loop.epoch_loop.batch_progress.total.ready if self.trainer else 0
        return seed_of(self.batching.seed, "augmentation", done, *own)

    def _rank(self) -> tuple[int, int]:
        if self.trainer is None:
            return 0, 1
        return self.trainer.global_rank, self.trainer.world_size

    def _ordered(self, patients: Sequence[str]) -> OrderedBatches:
        rank, n_ranks = self._rank()
        rows = self.slices.rows(patients)
        size = self.batching.batch_size
        return OrderedBatches(rows, batch_size=size, rank=rank, n_ranks=n_ranks)

    def _load(self, batches: Sampler[list[int]]) -> DataLoader[FetchedBatch]:
        # As sampler, not as batch sampler: Lightning tells the epoch to samplers alone.
        return DataLoader(
            self.source.dataset,
            sampler=batches,
            batch_size=None,
            **self.source.loading,
        )
