"""The classifier: probability of cirrhosis from the slices of one patient."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torchmetrics.classification import BinaryAUROC

from cirrhosis.contracts.batch import Batch
from cirrhosis.contracts.randomness import seed_of


class SliceClassifier(LightningModule):
    """Probability of cirrhosis from channels of slices.

    It logs what stopping needs and no more: reported numbers are computed once, later,
    from the prediction table, so there is no `test_step`. Dropout is seeded by
    (seed, epoch, batch), so that an interrupted run continues as if it had not been.

    Args:
        network: Maps images (N, C, H, W) to logits (N, 1).
        optimizer: Builds the optimizer from the parameters.
        scheduler: Builds a plateau scheduler from the optimizer; None keeps the rate.
        monitor: Logged value that the scheduler watches.
        pos_weight: Weight of a positive patient in the loss; 1 leaves classes as they are.
        seed: Of dropout.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer], ReduceLROnPlateau] | None,
        *,
        monitor: str,
        pos_weight: float,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.monitor = monitor
        self.seed = seed
        self.loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(pos_weight))
        self.val_auroc = BinaryAUROC()

    def forward(self, image: Tensor) -> Tensor:
        """Return logits of shape (N,)."""
        return self.network(image).squeeze(1)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Seed what the network draws itself."""
        del batch
        torch.manual_seed(seed_of(self.seed, "dropout", self.current_epoch, batch_idx))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch."""
        del batch_idx
        loss = self.loss(self(batch["image"]), batch["target"])
        size = len(batch["target"])
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=size)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the loss and the AUROC of the stopping patients."""
        del batch_idx
        logits, target = self(batch["image"]), batch["target"]
        self.val_auroc.update(preds=logits.sigmoid(), target=target.long())
        self.log("val/loss", self.loss(logits, target), batch_size=len(target))
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
        watched = {"scheduler": self.scheduler(optimizer), "monitor": self.monitor}
        return {"optimizer": optimizer, "lr_scheduler": watched}
