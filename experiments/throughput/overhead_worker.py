"""A worker of a sweep that times what it does by part; `overhead.py` starts it.

The product's own worker, with watches around what it calls. Seconds of each job go to the
file that `OVERHEAD_JSON` names.
"""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from timing import Stopwatch

from cirrhosis.commands import fitting, fold_run, train, worker_jobs, worker_process
from cirrhosis.commands.run_data import SourceOpener
from cirrhosis.commands.run_weights import RunWeights
from cirrhosis.contracts.files import write_json

LOOP = "training_loop"
# What is called, and the part that its seconds belong to: the innermost counts.
CALLS: tuple[tuple[Any, str, str], ...] = (
    (worker_jobs, "_compose", "configuration"),
    (train, "plain", "configuration"),
    (train, "open_sources", "sources"),
    (train, "plan_fold", "sources"),
    (fold_run, "build_data", "data"),
    (SourceOpener, "__call__", "data"),
    (fold_run, "build_classifier", "model"),
    (fold_run, "open_logger", "logger"),
    (fold_run, "show_inputs", "logger"),
    (fold_run, "track_fold", "logger"),
    (fold_run, "close_logger", "logger"),
    (fitting, "build_trainer", "trainer"),
    (Trainer, "fit", "fit_outside_loop"),
    (fitting, "predict_scores", "prediction"),
    (RunWeights, "write", "writing"),
    (train, "tabulate_predictions", "writing"),
    (train, "write_predictions", "writing"),
    (gc, "collect", "collection"),
)


class LoopStart(Callback):
    """Open the loop, behind all callbacks of the product."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count from here for the loop."""
        del trainer, pl_module
        self.watch.enter(LOOP)


class LoopEnd(Callback):
    """Close the loop, before all callbacks of the product."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count no further for the loop."""
        del trainer, pl_module
        self.watch.leave()


def main() -> None:
    """Work as a worker does, and write what every job took."""
    # A worker imports what its first job needs; here all is there before it.
    imports = time.time() - psutil.Process().create_time()
    watch = Stopwatch(torch.device("cpu"))
    jobs: list[dict[str, float]] = []

    def note(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **named: Any) -> Any:
            _close(watch, jobs)
            watch.restart()
            return call(*arguments, **named)

        return noted

    with _watching(watch):
        # From where a job is begun to where the next one is, or there is none.
        with patch.object(worker_jobs, "run_portably", note(worker_jobs.run_portably)):
            worker_process.main()
        _close(watch, jobs)
    write_json({"imports": imports, "jobs": jobs}, Path(os.environ["OVERHEAD_JSON"]))


def _close(watch: Stopwatch, jobs: list[dict[str, float]]) -> None:
    watch.stop()
    if LOOP in watch.seconds:
        jobs.append(dict(watch.seconds))


@contextlib.contextmanager
def _watching(watch: Stopwatch) -> Iterator[None]:
    build_trainer = fitting.build_trainer

    def build(*arguments: Any, **named: Any) -> Trainer:
        trainer = build_trainer(*arguments, **named)
        trainer.callbacks = [LoopEnd(watch), *trainer.callbacks, LoopStart(watch)]
        return trainer

    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.object(fitting, "build_trainer", build))
        for owner, name, part in CALLS:
            timed = _time(watch, getattr(owner, name), part)
            stack.enter_context(patch.object(owner, name, timed))
        yield


def _time(watch: Stopwatch, call: Callable[..., Any], part: str) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        with watch.part(part):
            return call(*arguments, **named)

    return timed


if __name__ == "__main__":
    main()
