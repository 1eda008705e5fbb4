"""A logger that never ends the training that it only watches."""

import logging
from argparse import Namespace
from collections.abc import Callable
from typing import Any, TypeVar

from pytorch_lightning.loggers import Logger

Result = TypeVar("Result")

log = logging.getLogger("cirrhosis")


class SteadyLogger(Logger):
    """Pass values on until the tracker fails; then warn once and let the run go on without.

    A tracker writes to disks that fill up and talks to processes and servers that go away
    (W&B raises in the middle of an epoch when its own process dies). Hours of training are
    worth more than their curve, and `metrics.csv` in the run folder has the values anyway.

    Args:
        tracker: What the values go to.
    """

    def __init__(self, tracker: Logger) -> None:
        super().__init__()
        self.tracker = tracker
        self.has_failed = False

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """Return what `action` returns; None if it or an earlier one failed."""
        if self.has_failed:
            return None
        try:
            return action()
        # Whatever a tracker raises, of whichever library: none of it concerns the training.
        except Exception as error:
            self.has_failed = True
            log.warning(
                "%s failed (%s: %s); the run goes on, its later values are in metrics.csv alone",
                *(type(self.tracker).__name__, type(error).__name__, str(error)),
            )
            return None

    @property
    def experiment(self) -> Any:
        """The tracker's own run."""
        return self.tracker.experiment  # type: ignore[attr-defined]

    @property
    def name(self) -> str | None:
        """The tracker's name of the experiment."""
        return self.attempt(lambda: self.tracker.name)

    @property
    def version(self) -> int | str | None:
        """The tracker's name of the run."""
        return self.attempt(lambda: self.tracker.version)

    @property
    def save_dir(self) -> str | None:
        """Where the tracker writes."""
        return self.attempt(lambda: self.tracker.save_dir)

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Pass the values of a step on."""
        self.attempt(lambda: self.tracker.log_metrics(metrics, step))

    def log_hyperparams(
        self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any
    ) -> None:
        """Pass settings on."""
        self.attempt(lambda: self.tracker.log_hyperparams(params, *args, **kwargs))

    def save(self) -> None:
        """Let the tracker write what it holds."""
        self.attempt(self.tracker.save)

    def finalize(self, status: str) -> None:
        """Tell the tracker that training ended; `close_logger` ends the run."""
        self.attempt(lambda: self.tracker.finalize(status))
