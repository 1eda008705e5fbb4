"""Trains the network that finds the liver in volumes of any sequence."""

from typing import Any

import torch
from monai.losses.dice import DiceCELoss
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from cirrhosis.contracts.batch import LiverBatch
from cirrhosis.models.liver_settings import LiverNetworkSettings, LiverTrainingSettings
from cirrhosis.models.networks.liver_unet import build_liver_network
from cirrhosis.models.schedules import cosine

WARMUP_SHARE = 0.1


class LiverSegmenter(LightningModule):
    """Logits of the liver; Dice and cross-entropy over a fixed number of steps.

    Dice is taken over the whole batch, so that windows without liver count as well. With deep
    supervision the loss of each coarser level weighs half of the one above, as in nnU-Net.

    Args:
        network: What is trained.
        training: How.
    """

    def __init__(self, network: LiverNetworkSettings, training: LiverTrainingSettings) -> None:
        super().__init__()
        self.network: nn.Module = build_liver_network(network)
        self.training_settings = training
        self.loss = DiceCELoss(sigmoid=True, batch=True)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits at the size of `image`, shape (n, 1, ...)."""
        return enlarge(self.network(image), image.shape[2:])

    def training_step(self, batch: LiverBatch, batch_idx: int) -> Tensor:
        """Return the loss of one batch."""
        del batch_idx
        image, liver = batch["image"], batch["liver"]
        logits = self.network(image)
        levels = logits.unbind(1) if logits.ndim > image.ndim else (logits,)
        weights = [0.5**level for level in range(len(levels))]
        losses = [
            weight * self.loss(enlarge(level, image.shape[2:]).float(), liver)
            for weight, level in zip(weights, levels, strict=True)
        ]
        loss = torch.stack(losses).sum() / sum(weights)
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(image))
        return loss

    def configure_optimizers(self) -> Any:
        """Build AdamW and a rate that rises and falls once."""
        settings = self.training_settings
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        warmup = min(round(WARMUP_SHARE * settings.steps), settings.steps - 1)
        schedule = cosine(optimizer, n_epochs=settings.steps, warmup_epochs=warmup, final_share=0.0)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def enlarge(logits: Tensor, size: torch.Size) -> Tensor:
    """Return logits at `size`, interpolated linearly."""
    if logits.shape[2:] == size:
        return logits
    if logits.ndim == 4:
        return functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    return functional.interpolate(logits, size=size, mode="trilinear", align_corners=False)
