"""Scanners and sequence parameters by split and centre (the article's Table S1)."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.contracts.cohort import SERIES_COLUMNS
from cirrhosis.evaluation.column_summary import (
    NUMBER_COLUMNS,
    is_number,
    list_levels,
    read_words,
    summarise_numbers,
)
from cirrhosis.evaluation.facts import ALL, UNKNOWN, included, parts_by_split
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.studies import volumes_of_studies

PATIENTS, VOLUMES, QC = "patients.csv", "volumes.csv", "qc.csv"
OF_CONTRACT = (
    "patient_id",
    "study_date",
    "sequence",
    "path",
    "liver_mask_path",
    *SERIES_COLUMNS,
)
KEYS = ("source", "variable", "sequence", "split", "center")
COLUMNS = (*KEYS, "level", "n_rows", "n", "n_missing", "count", "share", *NUMBER_COLUMNS, "reason")

Row = dict[str, Any]


class Field(NamedTuple):
    """One column to describe.

    Attributes:
        source: File that holds it.
        variable: Its name.
        sequence: Sequence it belongs to; empty for a fact of the patient.
        values: Indexed by patient.
        is_number: Whether quartiles describe it, else counts.
    """

    source: str
    variable: str
    sequence: str
    values: "pd.Series[Any]"
    is_number: bool


def describe_scanners(
    facts: pd.DataFrame,
    *,
    settings: EvaluationSettings,
    volumes: pd.DataFrame | None = None,
    qc: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Describe the scanners of the included patients and the volumes of their chosen studies.

    Args:
        facts: Output of `join_facts`.
        settings: Which columns are looked for.
        volumes: `volumes.csv`; its columns beyond the contract's are described as well.
        qc: `qc.csv` of the store.

    Returns:
        A row per file, column, sequence, split, centre and level, with `all` for split and
        centre beside them; a number has one row without level. A column that is in no file
        has one row with the reason. Columns are `COLUMNS`.
    """
    wanted = settings.cohort.scanners
    part = included(facts)
    fields = _facts_of(part, wanted.columns)
    if volumes is not None:
        known = (*OF_CONTRACT, *wanted.parameters)
        further = [str(name) for name in volumes if name not in known]
        names = [*wanted.parameters, *further]
        fields += _by_sequence(VOLUMES, volumes_of_studies(part, volumes), names)
    if qc is not None:
        rows = qc[qc["patient_id"].astype(str).isin(part.index)]
        fields += _by_sequence(QC, rows, wanted.parameters)
    cells = list(_cells(facts))
    found = {field.variable for field in fields}
    sought = dict.fromkeys(wanted.columns, PATIENTS)
    sought |= dict.fromkeys(wanted.parameters, f"{VOLUMES}, {QC}")
    absent = [
        {"source": source, "variable": name, "reason": f"no column '{name}' in {source}"}
        for name, source in sought.items()
        if name not in found
    ]
    described = [row for field in fields for cell in cells for row in _describe(field, *cell)]
    return pd.DataFrame([*described, *absent], columns=[*COLUMNS])


def _facts_of(part: pd.DataFrame, names: Iterable[str]) -> list[Field]:
    return [Field(PATIENTS, name, "", part[name], False) for name in names if name in part]


def _by_sequence(source: str, rows: pd.DataFrame, names: Iterable[str]) -> list[Field]:
    indexed = rows.set_index(rows["patient_id"].astype("string"))
    return [
        Field(source, name, str(sequence), of_sequence[name], is_number(rows[name]))
        for name in names
        if name in indexed
        for sequence, of_sequence in indexed.groupby("sequence")
    ]


def _cells(facts: pd.DataFrame) -> Iterator[tuple[str, str, "pd.Index[str]"]]:
    for split, part in parts_by_split(facts).items():
        yield split, ALL, part.index
        if "center" in part:
            centers = part["center"].fillna(UNKNOWN)
            for center in sorted(centers.unique()):
                yield split, center, part.index[centers == center]


def _describe(field: Field, split: str, center: str, patients: "pd.Index[str]") -> Iterator[Row]:
    values = field.values[field.values.index.isin(patients)]
    known = values.dropna()
    row: Row = {
        "source": field.source,
        "variable": field.variable,
        "sequence": field.sequence,
        "split": split,
        "center": center,
        "n_rows": len(values),
        "n": len(known),
        "n_missing": len(values) - len(known),
        "reason": "" if len(known) else "no value is known",
    }
    if field.is_number or known.empty:
        yield row | summarise_numbers(known.astype(float))
        return
    counts = read_words(known).value_counts()
    # Levels of the whole column, so that a split without one says 0 and not nothing.
    for level in list_levels(read_words(field.values)):
        count = int(counts.get(level, 0))
        yield row | {"level": level, "count": count, "share": count / len(known)}
