"""The classifier: probability of cirrhosis from the slices of one patient."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torchmetrics.classification import BinaryAUROC

from cirrhosis.contracts.batch import Batch
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.models.patient_mean import PatientMean


class SliceClassifier(LightningModule):
    """Probability of cirrhosis from channels of slices.

    It logs what stopping needs and no more: reported numbers are computed once, later,
    from the prediction table, so there is no `test_step`. Dropout is seeded by
    (seed, epoch, batch) and the rank, so that an interrupted run continues as if it had
    not been. Nothing in a training step waits for the device.

    Args:
        network: Maps images (N, C, H, W) to logits (N, 1).
        optimizer: Builds the optimizer from the parameters.
        scheduler: Builds a scheduler from the optimizer, which acts at the end of epochs;
            None keeps the rate.
        monitor: Logged value that a plateau scheduler watches.
        pos_weight: Weight of a positive patient in the loss; 1 leaves classes as they are.
        seed: Of dropout.
        channels_last: Whether images get their channels last in memory, like the network's
            weights.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer], ReduceLROnPlateau | LRScheduler] | None,
        *,
        monitor: str,
        pos_weight: float,
        seed: int,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.network = network.to(memory_format=self.memory_format)
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.monitor = monitor
        self.seed = seed
        self.loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(pos_weight))
        # Checking its arguments would wait for the device; the batch's contract holds.
        self.val_auroc = BinaryAUROC(validate_args=False)
        self.train_loss = PatientMean()
        self.val_loss = PatientMean()
        self.losses: list[tuple[Tensor, int]] = []

    def forward(self, image: Tensor) -> Tensor:
        """Return logits of shape (N,), in float32 whatever the network calculates in."""
        image = image.contiguous(memory_format=self.memory_format)
        return self.network(image).squeeze(1).float()

    def on_train_epoch_start(self) -> None:
        """Forget the losses of an epoch that was interrupted."""
        self.losses.clear()

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Seed what the network draws itself."""
        del batch
        rank, n_ranks = self._rank()
        own = (rank,) if n_ranks > 1 else ()
        torch.manual_seed(seed_of(self.seed, "dropout", self.current_epoch, batch_idx, *own))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch, weighted for the mean over processes."""
        del batch_idx
        loss = self.loss(self(batch["image"]), batch["target"])
        size = len(batch["target"])
        self._log_at_end(loss.detach(), size)
        return loss * self._share(size)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the loss and the AUROC of the stopping patients."""
        del batch_idx
        logits, target = self(batch["image"]), batch["target"]
        self.val_auroc.update(preds=logits.sigmoid(), target=target.long())
        self.val_loss.update(self.loss(logits, target), len(target))
        self.log("val/loss", self.val_loss, on_step=False, on_epoch=True)
        self.log("val/auroc", self.val_auroc, on_step=False, on_epoch=True)

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return probabilities of shape (N,)."""
        del batch_idx
        return self(batch["image"]).sigmoid()

    def configure_optimizers(self) -> Any:
        """Build optimizer and scheduler."""
        optimizer = self.optimizer(self.parameters())
        if self.scheduler is None:
            return optimizer
        scheduler = self.scheduler(optimizer)
        if isinstance(scheduler, ReduceLROnPlateau):
            watched = {"scheduler": scheduler, "monitor": self.monitor}
            return {"optimizer": optimizer, "lr_scheduler": watched}
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler}}

    def _log_at_end(self, loss: Tensor, size: int) -> None:
        """Log the epoch's mean once: Lightning's own mean costs much of a small step."""
        self.losses.append((loss, size))
        if self.trainer.is_last_batch:
            sizes = [size for _, size in self.losses]
            values = torch.stack([value for value, _ in self.losses])
            weights = torch.tensor(sizes, dtype=values.dtype).to(values.device, non_blocking=True)
            self.train_loss.update(values, weights)
            self.log("train/loss", self.train_loss, on_step=False, on_epoch=True)

    def _share(self, size: int) -> Tensor | float:
        """Return the weight with which the mean over processes is that over patients.

        Parts of a batch may differ by a patient. The sum stays on the device.
        """
        _, n_ranks = self._rank()
        if n_ranks == 1:
            return 1.0
        total = torch.full((), float(size), device=self.device)
        torch.distributed.all_reduce(total)
        return size * n_ranks / total

    def _rank(self) -> tuple[int, int]:
        if self._trainer is None:
            return 0, 1
        return self.trainer.global_rank, self.trainer.world_size
