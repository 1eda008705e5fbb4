"""Averages of weights over steps or epochs that are validated, saved and predicted with."""

import itertools
import logging
from abc import abstractmethod
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.utilities.types import STEP_OUTPUT
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cirrhosis.contracts.errors import ContractError

log = logging.getLogger("cirrhosis")


class AveragedWeights(WeightAveraging):
    """Lightning's average of weights, updated without waiting for the device.

    Lightning puts the average in the network's place while it is validated, and at the end.
    Statistics of batch normalisation are averaged like weights; they are not taken anew
    with the averaged weights, for which every epoch would have to be read a second time.
    """

    @abstractmethod
    def weigh(self, trainer: Trainer, n_averaged: int) -> float | None:
        """Return the share of the present weights in the new average; None leaves it.

        Args:
            trainer: After a step.
            n_averaged: How often weights were added before.
        """

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Make the average where the network will be; it is not there yet."""
        self._device = trainer.strategy.root_device
        super().setup(trainer, pl_module, stage)
        if stage == "fit":
            average = self._average
            # Torch asks in each step whether the count is 0: on the host nobody waits.
            average.n_averaged = average.n_averaged.cpu()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: STEP_OUTPUT,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Add the weights if there was a step of the optimizer."""
        del outputs, batch, batch_idx
        if trainer.global_step > self._latest_update_step:
            weight = self.weigh(trainer, int(self._average.n_averaged))
            if weight is not None:
                _move(self._average.module, pl_module, weight)
                self._average.n_averaged += 1
                self._latest_update_step = trainer.global_step

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add nothing: this epoch has been validated."""

    @property
    def _average(self) -> AveragedModel:
        assert self._average_model is not None
        return self._average_model


class ExponentialAverage(AveragedWeights):
    """Move the average a little towards the weights after every step.

    Args:
        decay: What stays of the average in a step; it reaches back about 1 / (1 - decay).

    Raises:
        ContractError: If the decay is no share.
    """

    def __init__(self, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ContractError(
                f"expected callbacks.averaging.decay from 0 to below 1, but got {decay}"
            )
        super().__init__()
        self.decay = decay

    def weigh(self, trainer: Trainer, n_averaged: int) -> float:
        """Begin with the first step's weights."""
        del trainer
        return 1 - self.decay if n_averaged else 1.0


class EpochAverage(AveragedWeights):
    """Average the weights at the ends of epochs, each with the same weight.

    Stochastic weight averaging after Izmailov et al., "Averaging Weights Leads to Wider
    Optima and Better Generalization", UAI 2018, with the learning rate of the scheduler
    in place of a rate of its own. Until it starts, the average is the last epoch's weights.

    Args:
        start_epoch: The first epoch, counted from 0, whose weights are averaged.

    Raises:
        ContractError: If no epoch has that number.
    """

    def __init__(self, start_epoch: int) -> None:
        if start_epoch < 0:
            raise ContractError(
                f"expected callbacks.averaging.start_epoch of at least 0, but got {start_epoch}"
            )
        super().__init__()
        self.start_epoch = start_epoch

    def weigh(self, trainer: Trainer, n_averaged: int) -> float | None:
        """Count from the start; the last step of an epoch comes before its validation."""
        del n_averaged
        if not trainer.is_last_batch:
            return None
        return 1 / (1 + max(0, trainer.current_epoch - self.start_epoch))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the average behind; say so if there is none."""
        super().on_train_end(trainer, pl_module)
        # Lightning has counted the last epoch by now.
        if trainer.current_epoch <= self.start_epoch:
            log.warning(
                "training ended after %d epochs, before callbacks.averaging.start_epoch=%d:"
                " nothing was averaged",
                trainer.current_epoch,
                self.start_epoch,
            )


def _move(average: torch.nn.Module, current: torch.nn.Module, weight: float) -> None:
    """Move parameters and buffers of `average` towards `current`; counts are copied."""
    ends: tuple[list[Any], list[Any]] = ([], [])
    with torch.no_grad():
        for old, new in zip(_list_tensors(average), _list_tensors(current), strict=True):
            if old.is_floating_point():
                ends[0].append(old.detach())
                ends[1].append(new.detach())
            else:
                old.copy_(new)
        get_ema_multi_avg_fn(1 - weight)(ends[0], ends[1], 0)


def _list_tensors(module: torch.nn.Module) -> itertools.chain[torch.Tensor]:
    return itertools.chain(module.parameters(), module.buffers())
