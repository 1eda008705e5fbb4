"""Times full training steps and bare steps in turns, inside one run of the product."""

import itertools
import time
from typing import Any, NamedTuple

import numpy as np
import torch
from bare_step import BareStep, FirstBatch
from pytorch_lightning import LightningModule, Trainer
from timing import read_clock, spread
from torch import Generator

from cirrhosis.data.channels import join_channels
from cirrhosis.data.movement import Planes

PARTS = ("fetch", "gather", "augment", "combine")
# Batches per epoch that are made by hand to see the parts.
N_BY_HAND = 3


class Round(NamedTuple):
    """Mean seconds of a step in one epoch: of the clock, and of the processors used."""

    full: float
    bare: float
    full_processor: float
    bare_processor: float


def read_clocks(device: torch.device) -> np.ndarray:
    """Return the seconds of the clock and those that this process took of all processors.

    Other work on the machine lengthens the second less. On a GPU it says little.
    """
    return np.array([read_clock(device), time.process_time()])


class StepClock(FirstBatch):
    """Stop the clock after every few steps for as many bare ones.

    The clock of an epoch runs from its start to the start of the next: what Lightning, the
    loggers and the tables do between epochs is in it. The first epoch warms up and does not
    count.

    Args:
        block: Steps between two stops. On a GPU take whole epochs: at a stop the host waits
            for the device, which would otherwise work while the host prepares.
    """

    def __init__(self, block: int) -> None:
        self.block = block
        self.epochs: list[Round] = []
        self.parts: dict[str, list[float]] = {name: [] for name in PARTS}
        self.flops = 0
        self._since: np.ndarray | None = None
        self._full, self._alone = np.zeros(2), np.zeros(2)
        self._n_steps = self._n_waiting = 0

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Close the epoch before and start the clock."""
        del trainer
        self._close(module)
        self._since = read_clocks(module.device)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take bare steps after every block, and look at the parts after the last."""
        del outputs, batch
        self._n_steps += 1
        self._n_waiting += 1
        is_last = batch_idx + 1 == trainer.num_training_batches
        if self._n_waiting < self.block and not is_last:
            return
        self._stop(module)
        began = read_clocks(module.device)
        self._bare_step.time(self._n_waiting)
        self._alone += read_clocks(module.device) - began
        self._n_waiting = 0
        if is_last and not self.flops:
            self.flops = self._bare_step.count_flops()
        elif is_last:
            self._time_parts(trainer)
        self._since = read_clocks(module.device)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Close the last epoch."""
        del trainer
        self._close(module)

    def describe(self) -> dict[str, Any]:
        """Return ratios, rates and what the overhead consists of, with spread."""
        size = len(self._bare_step.target)
        rounds = self.epochs[1:]
        full, bare, *_ = (spread(seconds) for seconds in zip(*rounds, strict=True))
        ratio = spread([row.full / row.bare for row in rounds])
        rate = spread([size / row.full for row in rounds])
        return {
            "overhead": ratio["median"],
            "overhead_spread": ratio,
            "overhead_of_processor_time": spread(
                [row.full_processor / row.bare_processor for row in rounds]
            ),
            "overhead_parts": self._describe_parts(ratio["median"], bare["median"]),
            "samples_per_second": rate["median"],
            "samples_per_second_spread": rate,
            "bare_samples_per_second": size / bare["median"],
            "full_step_seconds": full,
            "bare_step_seconds": bare,
            "batch_size": size,
            "n_channels": self._bare_step.image.shape[1],
            "bare_flops_per_step": self.flops,
        }

    @property
    def _bare_step(self) -> BareStep:
        if self.bare is None:
            raise ValueError("expected a training step before, but there was none; train first")
        return self.bare

    def _describe_parts(self, overhead: float, bare: float) -> dict[str, float]:
        """Return the parts of the overhead in bare steps; they add up to overhead - 1."""
        parts = {name: spread(values)["median"] / bare for name, values in self.parts.items()}
        return {**parts, "loop_and_logging": overhead - 1 - sum(parts.values())}

    def _stop(self, module: LightningModule) -> None:
        if self._since is not None:
            self._full += read_clocks(module.device) - self._since
        self._since = None

    def _close(self, module: LightningModule) -> None:
        self._stop(module)
        if self._n_steps:
            (full, full_processor), (bare, bare_processor) = (
                (seconds / self._n_steps).tolist() for seconds in (self._full, self._alone)
            )
            self.epochs.append(Round(full, bare, full_processor, bare_processor))
        self._full, self._alone = np.zeros(2), np.zeros(2)
        self._n_steps = 0

    def _time_parts(self, trainer: Trainer) -> None:
        """Make a few batches by hand, part by part, as the data module makes them."""
        data, device = trainer.datamodule, trainer.strategy.root_device
        generator = Generator().manual_seed(0)
        batches = iter(data.train_dataloader())
        for _ in range(min(N_BY_HAND, trainer.num_training_batches)):
            marks = [read_clock(device)]
            fetched = next(batches)
            marks.append(read_clock(device))
            planes = data.transfer_batch_to_device(fetched, device, 0).planes
            marks.append(read_clock(device))
            with torch.no_grad():
                moved = data.augmentation(planes.images, planes.masks, generator=generator)
            marks.append(read_clock(device))
            join_channels(Planes(*moved), mask=data.slices.mask)
            marks.append(read_clock(device))
            for name, (start, end) in zip(PARTS, itertools.pairwise(marks), strict=True):
                self.parts[name].append(end - start)
