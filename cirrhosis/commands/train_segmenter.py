"""Train the liver segmenter of each fold: `cirrhosis train task=segmentation fold=all`."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.commands.segmenter_settings import read_segmenter_settings
from cirrhosis.commands.segmenter_table import write_tables
from cirrhosis.commands.segmenter_volumes import (
    MaskedVolume,
    find_masked,
    hash_masked,
    read_mask_settings,
)
from cirrhosis.commands.task_run import TaskRun, plan_task, train_folds
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sequences import parse_sequences
from cirrhosis.contracts.splits import read_splits

log = logging.getLogger("cirrhosis")


def run_task(values: dict[str, Any]) -> float | None:
    """Train the fold asked for, or all in turn; of the last one write the table over folds.

    The model of a fold learns from the masked volumes of all other training patients, of all
    sequences named, for a fixed number of steps: held-out volumes choose nothing, they are only
    scored.

    Raises:
        ContractError: If there are no masks to learn from, or the configuration is refused.
    """
    read_segmenter_settings(values)
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    splits = read_splits(split_file(values))
    volumes = find_masked(cohort, splits, parse_sequences(values["sequences"]))
    data_hash = hash_masked(volumes, read_mask_settings(values))
    runs = plan_task(values, splits, relevant=("segmenter", "trainer"), data_hash=data_hash)
    train_folds(runs, lambda run, beat: _fit(run, volumes, beat))
    write_tables(values, splits)
    return None


def _fit(run: TaskRun, volumes: Sequence[MaskedVolume], beat: Callable[[], None]) -> None:
    train = [one for one in volumes if one.patient_id in set(run.train)]
    held_out = [one for one in volumes if one.patient_id in set(run.held_out)]
    if not train:
        raise ContractError(
            f"expected masked volumes of patients outside fold {run.fold}, but there are none;"
            " fill in `liver_mask_path` in volumes.csv"
        )
    # MONAI loads whatever is installed beside it, and this one tells of every part.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Only who trains loads torch: not who finds the run finished.
    from cirrhosis.commands.segmenter_fit import fit_segmenter

    scores = fit_segmenter(run, train, held_out, beat)
    dice = scores["dice"].dropna()
    log.info(
        "%s fold %s: learnt from %d volumes; Dice of %d held-out volumes %s",
        *(run.values["sequences"], run.fold, len(train), len(scores)),
        f"{dice.mean():.3f}, lowest {dice.min():.3f}" if len(dice) else "undefined",
    )
