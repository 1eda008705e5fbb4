"""Labelled series of TCGA-LIHC as the reader would describe them, and what the rules call each."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.series import PVP, SEQUENCES, T1, T2, FoundSeries
from cirrhosis.imaging.sequence_candidates import find_candidates
from cirrhosis.imaging.sequence_identification import identify_sequences, read_phases
from cirrhosis.imaging.sequence_phases import PRE
from cirrhosis.imaging.sequence_portal import find_portal
from cirrhosis.imaging.sequence_settings import IdentificationSettings

FIXTURE = Path(__file__).parents[2] / "tests" / "imaging" / "tcga_series_labels.csv"
TEXT = (
    *("patient_id", "half", "study_date", "study_description", "manufacturer", "series_uid"),
    *("description", "label", "basis", "note"),
)
RIGHT, WRONG, ASKED, ABSENT, OPEN = "right", "wrong", "asked", "absent", "unverifiable"
UNDECIDABLE, OTHER = "undecidable", "other"


class LabelledStudy(NamedTuple):
    """The volumes of one study, the label of each, and what told it."""

    patient_id: str
    study_date: str
    half: str
    labels: dict[FoundSeries, str]
    bases: dict[FoundSeries, str]


def read_studies(half: str, path: Path = FIXTURE) -> list[LabelledStudy]:
    """Return the studies of `half` (`development` or `frozen`) without headers, as labelled."""
    table = read_table(path, TEXT)
    chosen = table[table["half"] == half]
    studies = []
    for (patient_id, date), group in chosen.groupby(["patient_id", "study_date"]):
        rows = group.fillna("").to_dict("records")
        series = [_describe(row) for row in rows]
        labels, bases = (
            dict(zip(series, (str(row[name]) for row in rows), strict=True))
            for name in ("label", "basis")
        )
        studies.append(LabelledStudy(str(patient_id), str(date), half, labels, bases))
    return studies


def judge_study(study: LabelledStudy) -> dict[str, str]:
    """Return for each sequence whether the choice is right, wrong, or was left to a person.

    `absent` is a question about a sequence that no volume is labelled as; `unverifiable` is a
    choice of a volume whose label is `undecidable`.
    """
    identified = identify_sequences(tuple(study.labels))
    verdicts = {
        sequence: ASKED if sequence in study.labels.values() else ABSENT for sequence in SEQUENCES
    }
    for choice in identified.choices:
        label = study.labels[choice.series]
        is_open = label == UNDECIDABLE
        verdict = RIGHT if label == choice.sequence else OPEN if is_open else WRONG
        verdicts[choice.sequence] = verdict
    return verdicts


def count_bases(study: LabelledStudy) -> list[tuple[str, str]]:
    """Return sequence and basis of the label of each right choice."""
    choices = identify_sequences(tuple(study.labels)).choices
    return [
        (choice.sequence, study.bases[choice.series])
        for choice in choices
        if study.labels[choice.series] == choice.sequence
    ]


def name_volumes(study: LabelledStudy) -> dict[FoundSeries, str]:
    """Return what the rules call each volume of a study, before one per sequence is chosen."""
    series, settings = tuple(study.labels), IdentificationSettings()
    candidates = find_candidates(series, settings)
    names = dict.fromkeys(series, OTHER)
    names |= {one.series: T2 for one in candidates if one.weighting == T2}
    for family in read_phases(series, candidates, settings):
        names |= {phase.candidate.series: T1 for phase in family if phase.name == PRE}
        found = find_portal(family, settings).found
        names |= {phase.candidate.series: PVP for phase in found}
    return names


def count_confusion(studies: list[LabelledStudy]) -> pd.DataFrame:
    """Return how many volumes of each label the rules call what."""
    pairs = [
        (label, names[series])
        for study in studies
        for names in [name_volumes(study)]
        for series, label in study.labels.items()
    ]
    table = pd.DataFrame(pairs, columns=["label", "called"])
    kinds = [*SEQUENCES, OTHER]
    counts = pd.crosstab(table["label"], table["called"])
    return counts.reindex(index=[*kinds, UNDECIDABLE], columns=kinds, fill_value=0)


def _describe(row: dict[str, object]) -> FoundSeries:
    return FoundSeries(
        folder=Path(str(row["patient_id"])),
        files=(),
        key=f"{row['series_uid']}/{row['part']}",
        patient_id=str(row["patient_id"]),
        study_date=str(row["study_date"]),
        study_description=str(row["study_description"]),
        series_uid=str(row["series_uid"]),
        series_number=int(str(row["series_number"])),
        part=int(str(row["part"])),
        n_parts=int(str(row["n_parts"])),
        description=str(row["description"]),
        manufacturer=str(row["manufacturer"]),
        n_slices=int(str(row["n_slices"])),
    )
