"""Shows what the network is fed, where pictures of patients may leave the machine."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from cirrhosis.contracts.batch import Batch

N_PATIENTS = 4

Picture = NDArray[np.uint8]


class InputPictures(Callback):
    """Hand over pictures of the first patients of the first batch of either side.

    Training patients are seen after augmentation, stopping patients as they are. A picture
    is the middle slice of every sequence side by side, then the mask where it is a channel;
    it bears neither name nor class.

    Args:
        show: Takes a name and its pictures.
        n_slices: Of a patient.
    """

    def __init__(self, show: Callable[[str, list[Picture]], None], n_slices: int) -> None:
        self.show = show
        self.n_slices = n_slices
        self.shown: set[str] = set()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Show augmented patients."""
        del trainer, pl_module, batch_idx
        self._show("inputs/train", batch)

    def on_validation_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Show patients as they are."""
        del trainer, pl_module, batch_idx, dataloader_idx
        self._show("inputs/stopping", batch)

    def _show(self, name: str, batch: Batch) -> None:
        if name in self.shown:
            return
        self.shown.add(name)
        self.show(name, [draw(image, self.n_slices) for image in batch["image"][:N_PATIENTS]])


def draw(image: Tensor, n_slices: int) -> Picture:
    """Return the middle slices of a patient's channels side by side, 0 to 255.

    Args:
        image: In [0, 1], shape (C, H, W), channels plane by plane, slice by slice.
        n_slices: Channels of a plane.
    """
    middle = image[n_slices // 2 :: n_slices].detach().float().cpu().clamp(0, 1)
    return (np.concatenate(list(middle.numpy()), axis=1) * 255).round().astype(np.uint8)
