"""W&B's runs beside those of folds: one per combination, of fusion and of evaluation."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cirrhosis.commands.task_dispatch import CLASSIFICATION
from cirrhosis.commands.wandb_side_run import uses_wandb, without_harm

log = logging.getLogger("cirrhosis")


def track_summaries(values: Mapping[str, Any], variants: Sequence[str]) -> None:
    """Write one run per combination whose folds are all finished, if W&B is the logger.

    A combination that has not changed since is not written again.

    Args:
        values: Plain configuration of any command of the experiment.
        variants: Whose combinations are looked at.
    """
    # Only classifiers leave predictions to be summed up.
    if not uses_wandb(values) or values["task"]["name"] != CLASSIFICATION:
        return
    from cirrhosis.commands.combination_run import track_combination
    from cirrhosis.commands.finished_combinations import find_combinations

    for variant in variants:
        written = []
        with without_harm(f"summaries of {variant}"):
            for combination in find_combinations(values, variant):
                with without_harm(f"summary of {combination.sequences} in {variant}"):
                    written.append(track_combination(values, combination))
        if any(written):
            log.info(
                "W&B: wrote %d summaries of %s, one per finished combination", sum(written), variant
            )


def track_fusion(values: Mapping[str, Any], variant: str, folder: Path) -> None:
    """Write a run with what `fuse` found, if W&B is the logger.

    Args:
        values: Plain configuration.
        variant: That was fused.
        folder: Where `fuse` wrote its tables.
    """
    if uses_wandb(values):
        from cirrhosis.commands.result_runs import write_fusion

        with without_harm(f"run of the fusion of {variant}"):
            write_fusion(values, variant, folder)


def track_evaluation(values: Mapping[str, Any], variant: str, folder: Path) -> None:
    """Write a run with what `evaluate` found, if W&B is the logger.

    Args:
        values: Plain configuration.
        variant: That was evaluated.
        folder: Where `evaluate` wrote its tables.
    """
    if uses_wandb(values):
        from cirrhosis.commands.result_runs import write_evaluation

        with without_harm(f"run of the evaluation of {variant}"):
            write_evaluation(values, variant, folder)
