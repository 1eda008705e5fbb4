"""A cohort into a prepared store: five slices per patient, made once for every run."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import PARTIAL, write_table
from cirrhosis.contracts.progress import Progress
from cirrhosis.contracts.sequences import check_available
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.spread import Spread
from cirrhosis.contracts.store import GATE_STAGE, Manifest, StoreLayout, write_manifest
from cirrhosis.contracts.volume import LiverSegmenter, Registrar, VolumeReader
from cirrhosis.imaging import quality
from cirrhosis.imaging.lock import only_writer
from cirrhosis.imaging.patient import Outcome, prepare_patient
from cirrhosis.imaging.progression import Job
from cirrhosis.imaging.quality_settings import EXCLUDE, FLAG
from cirrhosis.imaging.settings import PrepareSettings, plain
from cirrhosis.imaging.studies import find_studies
from cirrhosis.imaging.study import PatientStudy
from cirrhosis.imaging.workers import spread as spread_here

FAILURE_COLUMNS = ("patient_id", "stage", "reason")


class PrepareSummary(NamedTuple):
    """What a run of `prepare` did.

    Attributes:
        manifest: What the store holds now.
        n_patients: Patients of the split.
        n_prepared: Patients in the store.
        computed: Number of artefacts made, by kind: `livers`, `transforms`, `slices`.
        reused: Number of artefacts whose inputs and settings had not changed, by kind.
        failures: Columns patient_id, stage, reason, as in `failures.csv`.
        n_flagged: Patients in the store whom the gate flags.
        flagged: For how many of them each measure is a reason.
        excluded: For how many of those whom the gate leaves out each measure is a reason.
    """

    manifest: Manifest
    n_patients: int
    n_prepared: int
    computed: dict[str, int]
    reused: dict[str, int]
    failures: pd.DataFrame
    n_flagged: int
    flagged: dict[str, int]
    excluded: dict[str, int]


def prepare_cohort(
    cohort: Cohort,
    splits: Splits,
    folder: Path,
    *,
    name: str,
    settings: PrepareSettings,
    reader: VolumeReader,
    segmenter: LiverSegmenter,
    registrar: Registrar,
    n_workers: int,
    progress: Progress,
    synthetic: bool = False,
    spread: Spread = spread_here,
) -> PrepareSummary:
    """Prepare every included patient of a split; what is up to date is kept.

    The same inputs and settings give the same bytes, whatever `n_workers`. A patient that
    cannot be prepared stands in `failures.csv` and costs nobody else. The manifest is
    removed first and written last, so a store that was interrupted is no store; running
    again finishes it without repeating finished patients.

    Args:
        cohort: Where the volumes are.
        splits: Names the patients and their studies.
        folder: Of the store.
        name: Of the store.
        settings: Everything that changes artefacts.
        reader: Reads a volume in LPS.
        segmenter: Gives the liver of the fixed volume.
        registrar: Aligns a sequence to the fixed one.
        n_workers: Processes, 1 for none beside this one. With more, the three callables
            must be picklable.
        progress: Shows how far the patients are.
        synthetic: Whether the cohort is a phantom.
        spread: Calls the work on each patient, by default in processes of this machine.

    Raises:
        ContractError: If a sequence is not in the cohort, the split includes nobody, or
            another process writes this store.
    """
    sequences = _sequences(cohort, settings)
    job = Job(folder.absolute(), settings, sequences, reader, segmenter, registrar)
    layout = StoreLayout(job.folder)
    with only_writer(layout.folder):
        _remove_unfinished(layout)
        studies = _find_studies(cohort, splits, job)
        done = _outcomes(studies, job, spread, n_workers=n_workers)
        shown = progress(done, total=len(studies), label="prepare")
        outcomes = sorted(shown, key=lambda outcome: outcome.patient_id)
        failures = _failures(outcomes)
        write_table(failures, layout.failures)
        rows = [row for outcome in outcomes for row in outcome.qc]
        write_table(pd.DataFrame(rows, columns=list(quality.COLUMNS)), layout.qc)
        manifest = Manifest(
            name=name,
            settings=_deciding(settings) | {"sequences": list(sequences)},
            split_hash=splits.hash,
            sequences=sequences,
            patients={
                outcome.patient_id: outcome.slices_hash for outcome in outcomes if outcome.is_usable
            },
            synthetic=synthetic,
            absent=_list_absent(outcomes, sequences),
            quality=plain(settings.quality),
        )
        write_manifest(manifest, layout.folder)
    return PrepareSummary(
        manifest=manifest,
        n_patients=len(outcomes),
        n_prepared=len(manifest.patients),
        computed=_counts(outcome.computed for outcome in outcomes),
        reused=_counts(outcome.reused for outcome in outcomes),
        failures=failures,
        n_flagged=sum(outcome.decision == FLAG for outcome in outcomes),
        flagged=_count_findings(outcomes, FLAG),
        excluded=_count_findings(outcomes, EXCLUDE),
    )


def _sequences(cohort: Cohort, settings: PrepareSettings) -> tuple[str, ...]:
    sequences = tuple(sorted(settings.sequences or cohort.sequences))
    where = f"the cohort in {cohort.folder}"
    check_available(sequences, cohort.sequences, where)
    if settings.registration.target not in cohort.sequences:
        raise ContractError(
            f"expected the fixed sequence '{settings.registration.target}' in {where}, but it has"
            f" {', '.join(cohort.sequences)}; choose one of them with"
            " `preparation.registration.target`"
        )
    return sequences


def _remove_unfinished(layout: StoreLayout) -> None:
    """Remove the manifest, and what a killed process left half-written."""
    layout.manifest.unlink(missing_ok=True)
    for partial_file in layout.folder.rglob(f"{PARTIAL}*"):
        partial_file.unlink(missing_ok=True)


def _find_studies(
    cohort: Cohort, splits: Splits, job: Job
) -> dict[str, PatientStudy | ContractError]:
    """Return the study of each included patient, or why there is none."""
    found = find_studies(
        cohort,
        splits,
        target=job.target,
        sequences=job.sequences,
        on_missing=job.settings.on_missing,
    )
    studies = dict(found)
    if not studies:
        raise ContractError(
            f"expected patients in the split '{splits.name}', but all are excluded; look at its"
            " column excluded_for"
        )
    return studies


def _outcomes(
    studies: dict[str, PatientStudy | ContractError], job: Job, spread: Spread, *, n_workers: int
) -> Iterator[Outcome]:
    for patient_id, study in studies.items():
        if isinstance(study, ContractError):
            yield Outcome(patient_id, stage="study", reason=str(study))
    tasks = [study for study in studies.values() if isinstance(study, PatientStudy)]
    for study, outcome in spread(partial(prepare_patient, job=job), tasks, n_workers=n_workers):
        yield outcome or Outcome(
            study.patient_id,
            stage="process",
            reason="the process died twice on this patient, perhaps for lack of memory; try"
            " with fewer workers",
        )


def _list_absent(outcomes: list[Outcome], sequences: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what each prepared patient lacks, for those who lack something."""
    absent = {
        outcome.patient_id: tuple(sorted(set(sequences) - set(outcome.sequences)))
        for outcome in outcomes
        if outcome.is_usable
    }
    return {patient_id: lacks for patient_id, lacks in absent.items() if lacks}


def _failures(outcomes: list[Outcome]) -> pd.DataFrame:
    """Return who cannot be used: where it failed, or why the gate left the patient out."""
    rows = [
        (outcome.patient_id, outcome.stage or GATE_STAGE, outcome.reason or _why_excluded(outcome))
        for outcome in outcomes
        if not outcome.is_usable
    ]
    return pd.DataFrame(rows, columns=list(FAILURE_COLUMNS))


def _why_excluded(outcome: Outcome) -> str:
    return "; ".join(one.reason for one in outcome.findings if one.decides == EXCLUDE)


def _count_findings(outcomes: list[Outcome], decision: str) -> dict[str, int]:
    """Return for how many patients of one decision each measure is the reason."""
    decided = [outcome for outcome in outcomes if outcome.decision == decision]
    return _counts(
        tuple({one.measure for one in outcome.findings if one.decides == decision})
        for outcome in decided
    )


def _deciding(settings: PrepareSettings) -> dict[str, Any]:
    """Return the settings that change artefacts, for the fingerprint of the store."""
    content = plain(settings)
    del content["quality"]
    # Where an external program lies and how long it may take changes no mask.
    for place in ("executable", "weights", "timeout_s"):
        del content["liver"]["external"][place]
    return content


def _counts(kinds: Iterable[tuple[str, ...]]) -> dict[str, int]:
    return dict(sorted(Counter(kind for one in kinds for kind in one).items()))
