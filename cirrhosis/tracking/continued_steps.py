"""Lets the second part of an interrupted W&B run count on from the first."""

from typing import Any

from pytorch_lightning import Callback

from cirrhosis.tracking.steady_logger import SteadyLogger


class ContinuedSteps(Callback):
    """Keep the step of W&B in the restart point, and go on from it.

    Offline, W&B knows nothing of the first part: it would count from 0 again, and `wandb
    sync` would lay the second part over the beginning of the first. Steps between the
    point and the interruption come twice, with equal values.

    Args:
        logger: Of the run, on W&B.
    """

    def __init__(self, logger: SteadyLogger) -> None:
        self.logger = logger

    def state_dict(self) -> dict[str, Any]:
        """Return the step at which the next values are logged."""
        return {"step": self._count()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Log from the step of a checkpoint on."""
        step = state_dict["step"]
        if step > self._count():
            self.logger.attempt(lambda: self.logger.experiment.log({}, step=step))

    def _count(self) -> int:
        return int(self.logger.attempt(lambda: self.logger.experiment.step) or 0)
