"""How many epochs a run may take."""

from typing import Any


def count_epochs(config: dict[str, Any], *, stops: bool) -> int:
    """Return the last number of epochs: a bound where a side stops, else the length.

    Args:
        config: Plain configuration of a run.
        stops: Whether a side decides when to stop.
    """
    part, name = ("trainer", "max_epochs") if stops else ("protocol", "fixed_epochs")
    return int(config[part][name])
