"""One patient through all stages; a stage whose inputs and settings stayed is not repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cirrhosis.contracts.files import hash_file
from cirrhosis.imaging.artefacts import fingerprint_volumes
from cirrhosis.imaging.patient_livers import Entry, Liver, find_fixed_liver, find_own_livers
from cirrhosis.imaging.patient_measures import find_measures
from cirrhosis.imaging.patient_slices import Livers, find_slices
from cirrhosis.imaging.patient_transforms import find_transforms
from cirrhosis.imaging.progression import Job, Progression, StageError, stage
from cirrhosis.imaging.quality import Judged, judge_patient
from cirrhosis.imaging.quality_gate import Finding
from cirrhosis.imaging.quality_settings import EXCLUDE, KEEP
from cirrhosis.imaging.settings import LIVER_FIRST
from cirrhosis.imaging.study import PatientStudy


@dataclass(frozen=True)
class Outcome:
    """What became of one patient.

    Attributes:
        patient_id: Of the patient.
        slices_hash: SHA-256 of the prepared slices, empty on failure.
        sequences: What was stored of the patient, nothing on failure.
        qc: Rows of `qc.csv`, one per stored sequence.
        decision: Of the quality gate: `keep`, `flag` or `exclude`.
        findings: Measures outside their limits.
        computed: Artefacts that were made.
        reused: Artefacts whose key still held.
        stage: Where it failed, empty on success.
        reason: Why it failed.
    """

    patient_id: str
    slices_hash: str = ""
    sequences: tuple[str, ...] = ()
    qc: tuple[dict[str, Any], ...] = ()
    decision: str = KEEP
    findings: tuple[Finding, ...] = ()
    computed: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    stage: str = ""
    reason: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether runs may use the patient: prepared, and not left out by the gate."""
        return not self.stage and self.decision != EXCLUDE


def prepare_patient(study: PatientStudy, *, job: Job) -> Outcome:
    """Make what is missing of a patient's artefacts; never raises, a failure is an outcome."""
    patient = Progression(job, study)
    try:
        with stage("read"):
            patient.hashes = fingerprint_volumes(study.volumes)
        liver, transforms = _align(patient)
        with stage("liver"):
            is_own = job.settings.liver.per_sequence
            livers = Livers(liver, find_own_livers(patient, liver, transforms) if is_own else {})
        with stage("slices"):
            record = find_slices(patient, livers, transforms)
            slices_hash = hash_file(patient.layout.slices(study.patient_id))
        with stage("measures"):
            judged = _judge(patient, record, livers, transforms)
    except StageError as error:
        return Outcome(study.patient_id, stage=error.stage, reason=error.reason)
    return Outcome(
        study.patient_id,
        slices_hash=slices_hash,
        sequences=tuple(record["sequences"]),
        qc=judged.rows,
        decision=judged.decision,
        findings=judged.findings,
        computed=tuple(patient.computed),
        reused=tuple(patient.reused),
    )


def _align(patient: Progression) -> tuple[Liver, dict[str, dict[str, Any]]]:
    """Return the fixed liver and the registrations, in the order that the settings ask for."""
    if patient.job.settings.order == LIVER_FIRST:
        with stage("liver"):
            liver = find_fixed_liver(patient)
        with stage("registration"):
            return liver, find_transforms(patient, liver.array)
    with stage("registration"):
        transforms = find_transforms(patient, None)
    with stage("liver"):
        return find_fixed_liver(patient), transforms


def _judge(
    patient: Progression,
    record: Mapping[str, Any],
    livers: Livers,
    transforms: Mapping[str, Entry],
) -> Judged:
    return judge_patient(
        patient.patient_id,
        record,
        livers=livers,
        transforms=transforms,
        measures=find_measures(patient, livers, transforms, record),
        files=patient.study.volumes,
        settings=patient.job.settings.quality,
    )
