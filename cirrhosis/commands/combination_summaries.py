"""W&B's runs beside those of folds: one per combination, of fusion and of evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def track_summaries(values: Mapping[str, Any], variants: Sequence[str]) -> None:
    """Write one run per combination whose folds are all finished, if W&B is the logger.

    Args:
        values: Plain configuration of any command of the experiment.
        variants: Whose combinations are looked at.
    """


def track_fusion(values: Mapping[str, Any], variant: str, folder: Path) -> None:
    """Write a run with what `fuse` found, if W&B is the logger.

    Args:
        values: Plain configuration.
        variant: That was fused.
        folder: Where `fuse` wrote its tables.
    """


def track_evaluation(values: Mapping[str, Any], variant: str, folder: Path) -> None:
    """Write a run with what `evaluate` found, if W&B is the logger.

    Args:
        values: Plain configuration.
        variant: That was evaluated.
        folder: Where `evaluate` wrote its tables.
    """
