"""Times a whole run by its parts, and bare steps beside it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import torch
from bare_step import FirstBatch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.loggers import WandbLogger
from timing import Stopwatch, spread

from cirrhosis.commands import fitting, fold_run
from cirrhosis.commands.run_data import SourceOpener
from cirrhosis.commands.run_weights import RunWeights

BARE = "bare"
STEPS, VALIDATION = "training_steps", "validation"
# What is called, and the part that its seconds belong to.
CALLS: tuple[tuple[Any, str, str], ...] = (
    (SourceOpener, "__call__", "loading"),
    (fold_run, "open_logger", "tracking"),
    (fold_run, "close_logger", "tracking"),
    (WandbLogger, "log_metrics", "tracking"),
    (Trainer, "save_checkpoint", "checkpoints"),
    (RunWeights, "write", "checkpoints"),
    (fitting, "predict_scores", "prediction"),
)
# Bare steps at the end of each epoch; the clock of the run stands still.
N_BARE = 2


class RunClock(FirstBatch):
    """Count the seconds of a run by part, and a few bare steps in every epoch.

    Validation and training steps are seen as a callback, the rest where it is called. What is
    inside another part counts for the inner one; what is in none is `rest`: reading the
    split, building the network, Lightning's set-up, and what happens between epochs.

    Args:
        device: That trains.
    """

    def __init__(self, device: torch.device) -> None:
        self.watch = Stopwatch(device)
        self.bare_seconds: list[float] = []
        self.epoch_ratios: list[float] = []
        self.n_steps = 0
        self._epoch_began = 0.0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Time what the block does."""
        with contextlib.ExitStack() as stack:
            for owner, name, part in CALLS:
                timed = self._time(getattr(owner, name), part)
                stack.enter_context(patch.object(owner, name, timed))
            self.watch.restart()
            yield
            self.watch.stop()

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Open the steps."""
        del trainer, module
        self.watch.enter(STEPS)
        self._epoch_began = self._spent()

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the step; after the last of an epoch take bare ones."""
        del module, outputs, batch
        self.n_steps += 1
        if batch_idx + 1 == trainer.num_training_batches and self.bare is not None:
            with self.watch.part(BARE):
                self.bare_seconds += [self.bare.time(1) for _ in range(N_BARE)]

    def on_validation_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Open the validation."""
        del trainer, module
        self.watch.enter(VALIDATION)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Close the validation."""
        del trainer, module
        self.watch.leave()

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Close the steps, and hold the epoch with its validation against its bare steps."""
        del module
        self.watch.leave()
        bare = sum(self.bare_seconds[-N_BARE:]) / N_BARE * trainer.num_training_batches
        self.epoch_ratios.append((self._spent() - self._epoch_began) / bare)

    def describe(self) -> dict[str, Any]:
        """Return the ratio to the bare steps and its parts, which add up to it."""
        bare = spread(self.bare_seconds)
        limit = self.n_steps * bare["median"]
        parts = {name: value for name, value in self.watch.seconds.items() if name != BARE}
        return {
            "run_ratio": self._spent() / limit,
            "run_ratio_parts": {name: value / limit for name, value in sorted(parts.items())},
            "run_ratio_without_validation_and_prediction": (
                self._spent() - parts.get(VALIDATION, 0.0) - parts.get("prediction", 0.0)
            )
            / limit,
            "run_seconds": self._spent(),
            "run_n_steps": self.n_steps,
            "run_bare_step_seconds": bare,
            "run_epoch_ratio_spread": spread(self.epoch_ratios),
        }

    def _spent(self) -> float:
        return self.watch.total - self.watch.seconds.get(BARE, 0.0)

    def _time(self, call: Callable[..., Any], part: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.watch.part(part):
                return call(*arguments, **named)

        return timed
