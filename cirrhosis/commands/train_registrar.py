"""Train the rigid registrar of each fold: `cirrhosis train task=registration fold=all`."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.commands.task_run import TaskRun, plan_task, train_folds
from cirrhosis.commands.train_registrar_pairs import CohortPair, find_pairs, hash_pairs
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.sequences import parse_sequences
from cirrhosis.contracts.splits import read_splits

log = logging.getLogger("cirrhosis")

CUTTING = ("target", "spacing_mm", "dilation_mm", "bins", "max_rotation_deg", "max_translation_mm")


def run_task(values: dict[str, Any]) -> float | None:
    """Train the fold asked for, or all in turn.

    The model of a fold learns from the pairs of all other training patients, for a fixed
    number of steps: held-out pairs choose nothing, they are only scored.

    Raises:
        ContractError: If there are no pairs to learn from, or the configuration is refused.
    """
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    splits = read_splits(split_file(values))
    pairs = find_pairs(
        cohort,
        splits,
        target=values["preparation"]["registration"]["target"],
        sequences=parse_sequences(values["sequences"]),
    )
    registration = values["preparation"]["registration"]
    # How pairs are cut and judged belongs to what is learnt from; nothing else of `prepare`.
    cut = {name: registration[name] for name in CUTTING if name in registration}
    data_hash = hash_content([hash_pairs(pairs, mask_settings(values)), cut])
    runs = plan_task(values, splits, relevant=("registrar", "trainer"), data_hash=data_hash)
    train_folds(runs, lambda run, beat: _fit(run, pairs, beat))
    return None


def mask_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Return how masks from files are read."""
    settings = values["preparation"]["liver"]
    return {name: settings[name] for name in ("label", "largest_component")}


def _fit(run: TaskRun, pairs: Sequence[CohortPair], beat: Callable[[], None]) -> None:
    train = [pair for pair in pairs if pair.patient_id in set(run.train)]
    held_out = [pair for pair in pairs if pair.patient_id in set(run.held_out)]
    if not train:
        raise ContractError(
            f"expected pairs of patients outside fold {run.fold}, but there are none; fill in"
            " `liver_mask_path` of the fixed sequence in volumes.csv"
        )
    # Only who trains loads torch: not who finds the run finished.
    from cirrhosis.commands.train_registrar_run import fit_registrar

    scores = fit_registrar(run, train, held_out, beat)
    last = scores.drop_duplicates(["patient_id", "sequence"], keep="last")
    doubtful = int((last["flags"] != "").sum())
    log.info(
        "%s fold %s: learnt from %d pairs; of %d held-out pairs %d are flagged",
        *(run.values["sequences"], run.fold, len(train), len(last), doubtful),
    )
