"""Ends a tracked run as what it was: finished or failed."""

from pytorch_lightning.loggers import WandbLogger

from cirrhosis.tracking.steady_logger import SteadyLogger


def close_logger(logger: SteadyLogger | None, *, failed: bool) -> None:
    """End the run of `logger`; nothing if nothing is tracked."""
    if logger is None:
        return
    tracker = logger.tracker
    if isinstance(tracker, WandbLogger):
        logger.attempt(lambda: tracker.experiment.finish(exit_code=int(failed)))
    else:
        logger.attempt(lambda: tracker.finalize("failed" if failed else "finished"))
