"""A tiny model that keeps the batches it is fed."""

import torch
from pytorch_lightning import LightningModule


class RecordingModel(LightningModule):
    """One linear layer on the channels' means."""

    def __init__(self, n_channels):
        super().__init__()
        torch.manual_seed(1)
        self.layer = torch.nn.Linear(n_channels, 1)
        self.seen = []

    def forward(self, image):
        return self.layer(image.mean(dim=(2, 3))).squeeze(1)

    def training_step(self, batch, index):
        # The batch's memory is used again; what is kept must be a copy.
        self.seen.append({name: value.clone() for name, value in batch.items()})
        logits = self(batch["image"])
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, batch["target"])

    def validation_step(self, batch, index):
        self.log("mean", self(batch["image"]).mean(), batch_size=len(batch["target"]))

    def predict_step(self, batch, index):
        return self(batch["image"])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
