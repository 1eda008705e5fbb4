"""Make a planted cohort: variants of real livers, with and without a signal of known strength."""

import logging
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.contracts.cohort import Cohort, read_cohort, write_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import (
    hash_content,
    hash_file,
    write_table,
    write_text,
)
from cirrhosis.contracts.progress import Progress
from cirrhosis.phantom.claimed_folder import claim_folder
from cirrhosis.phantom.planted_donor import read_donor
from cirrhosis.phantom.planted_files import read_truth, write_variant
from cirrhosis.phantom.planted_settings import PlantedSettings
from cirrhosis.phantom.planted_summary import (
    PlantedSummary,
    read_summary,
    summarize,
    write_summary,
)
from cirrhosis.phantom.planted_tables import list_measures, list_patients, list_truth, list_volumes
from cirrhosis.phantom.planted_variant import make_variant, measure_surfaces, plan_variants
from cirrhosis.phantom.worker_pool import run_in_processes

log = logging.getLogger(__name__)

MINIMUM_DONORS = 2
NOTICE = """Synthetic data, made from real volumes. The labels are not diagnoses.

Each row is a varied copy of a donor's liver; positives carry a planted signal. A result on
this cohort says whether software finds what was put in and invents nothing else; it says
nothing about diagnosis. The volumes remain under the licence of their source.
"""


class _Task(NamedTuple):
    donor_id: str
    group_id: str


class _Outcome(NamedTuple):
    donor_id: str
    truths: list[dict[str, Any]]
    failure: str | None


def write_planted_cohort(
    folder: Path, settings: PlantedSettings, *, n_workers: int, progress: Progress
) -> PlantedSummary:
    """Make a planted cohort, or go on with one that was interrupted.

    A folder that is complete is left as it is. A donor whose files cannot be used is listed
    in `failures.csv` and left out.

    Args:
        folder: Cohort folder; absent, empty, or begun with the same settings.
        settings: What the cohort is made of.
        n_workers: Processes that work on donors; 1 works in this process. The bytes do not
            depend on it.
        progress: Shows how many donors are done.

    Returns:
        What the cohort holds.

    Raises:
        ContractError: If the source has no masks or fewer than two usable donors, or the
            folder holds something else or was made with other settings.
        ValueError: If `n_workers` is less than 1.
    """
    if n_workers < 1:
        raise ValueError(f"expected n_workers of at least 1, got {n_workers}; 1 uses no process")
    cohort = read_cohort(Path(settings.source))
    tasks = _list_donors(cohort)
    claim_folder(folder, settings.stamp(_hash_source(cohort)))
    if (folder / "planted.json").exists():
        log.info("%s already holds this cohort; nothing to do", folder)
        return read_summary(folder / "planted.json")
    work = partial(_make_donor, cohort=cohort, folder=folder, settings=settings)
    outcomes = list(
        progress(
            run_in_processes(work, tasks, n_workers=n_workers), total=len(tasks), label="donors"
        )
    )
    failures = {outcome.donor_id: outcome.failure for outcome in outcomes if outcome.failure}
    _write_failures(failures, folder)
    truths = [truth for outcome in outcomes for truth in outcome.truths]
    _check_donors({str(truth["group_id"]) for truth in truths}, failures)
    write_table(list_truth(truths), folder / "truth" / "planted.csv")
    write_table(list_measures(truths), folder / "truth" / "measures.csv")
    write_text(NOTICE, folder / "SYNTHETIC.txt")
    write_cohort(folder, list_patients(truths), list_volumes(truths))
    summary = summarize(truths, failures, settings)
    # Written last: its presence says that the cohort is complete.
    write_summary(summary, folder / "planted.json")
    return summary


def _list_donors(cohort: Cohort) -> list[_Task]:
    if cohort.volumes.empty or cohort.volumes["liver_mask_path"].isna().all():
        raise ContractError(
            f"{cohort.folder / 'volumes.csv'}: expected volumes with liver masks, but none of"
            f" {len(cohort.volumes)} rows names one; a signal is planted in the liver, so fill"
            " in `liver_mask_path`"
        )
    patients = cohort.patients.sort_values("patient_id")
    groups = patients["patient_id"]
    if "group_id" in patients:
        groups = patients["group_id"].fillna(patients["patient_id"])
    tasks = [_Task(*names) for names in zip(patients["patient_id"], groups, strict=True)]
    _check_donors({task.group_id for task in tasks}, {})
    return tasks


def _check_donors(groups: set[str], failures: dict[str, str]) -> None:
    if len(groups) < MINIMUM_DONORS:
        left_out = "".join(f"; {donor}: {reason}" for donor, reason in [*failures.items()][:3])
        raise ContractError(
            f"expected at least {MINIMUM_DONORS} donors (groups), because variants of one never"
            f" stand in two folds, but {len(groups)} can be used: {first(sorted(groups))}"
            f"{left_out}. Add donors or mend their files."
        )


def _hash_source(cohort: Cohort) -> str:
    """Return a fingerprint of what variants are made of, wherever the source lies."""
    files = cohort.volumes[["path", "liver_mask_path"]].fillna("").to_numpy().ravel()
    sizes = []
    for name in files:
        path = cohort.resolve(str(name))
        sizes.append(path.stat().st_size if name and path.is_file() else None)
    tables = [hash_file(cohort.folder / name) for name in ("patients.csv", "volumes.csv")]
    return hash_content([*tables, sizes])


def _make_donor(
    task: _Task, *, cohort: Cohort, folder: Path, settings: PlantedSettings
) -> _Outcome:
    """Make the absent variants of one donor; what is wrong with its files is a result."""
    plans = plan_variants(task.donor_id, settings)
    known = {plan.patient_id: read_truth(folder, plan.patient_id) for plan in plans}
    absent = [plan for plan in plans if known[plan.patient_id] is None]
    if absent:
        try:
            donor = read_donor(
                cohort, task.donor_id, group_id=task.group_id, liver_label=settings.liver_label
            )
        except ContractError as error:
            return _Outcome(task.donor_id, [], str(error))
        surfaces = measure_surfaces(donor)
        for plan in absent:
            variant = make_variant(donor, surfaces, plan, settings)
            known[plan.patient_id] = write_variant(variant, folder)
    return _Outcome(task.donor_id, [truth for truth in known.values() if truth is not None], None)


def _write_failures(failures: dict[str, str], folder: Path) -> None:
    for donor, reason in failures.items():
        log.warning("donor %s is left out: %s", donor, reason)
    table = pd.DataFrame({"donor_id": [*failures], "reason": [*failures.values()]}, dtype="string")
    write_table(table, folder / "failures.csv")
