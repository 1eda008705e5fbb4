"""Rows of `qc.csv`: what was measured on the way, per patient and sequence, and what it decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cirrhosis.imaging.artefacts import transform_of
from cirrhosis.imaging.patient_livers import Entry
from cirrhosis.imaging.patient_measures import Measures
from cirrhosis.imaging.patient_slices import Livers
from cirrhosis.imaging.quality_gate import Finding, decide, find_breaches
from cirrhosis.imaging.quality_settings import QualitySettings
from cirrhosis.imaging.rigid import rotation_deg, translation_mm
from cirrhosis.imaging.study import VolumeFile

COLUMNS = (
    "patient_id",
    "sequence",
    "fixed_sequence",
    "series_description",
    "series_reason",
    "liver_source",
    "liver_ml",
    "n_liver_slices",
    "slice_indices",
    "largest_slice",
    "largest_position",
    "slice_flags",
    "liver_flags",
    "area_jump",
    "repeated_slices",
    "registration_method",
    "registration_flags",
    "information_before",
    "information_after",
    "rotation_deg",
    "translation_mm",
    "outside_share",
    "liver_dice",
    "clipped_share",
    "undefined",
    "decision",
    "reasons",
)
# Digits that say more than the measurement would change with the machine.
DIGITS = {"liver_ml": 2, "area_jump": 4, "outside_share": 4, "liver_dice": 4, "clipped_share": 6}


@dataclass(frozen=True)
class Judged:
    """A patient and what the limits say.

    Attributes:
        rows: Of `qc.csv`, one per stored sequence.
        decision: `keep`, `flag` or `exclude`.
        findings: Measures outside their limits, each once however many sequences show it.
    """

    rows: tuple[dict[str, Any], ...]
    decision: str
    findings: tuple[Finding, ...]


def judge_patient(
    patient_id: str,
    record: Mapping[str, Any],
    *,
    livers: Livers,
    transforms: Mapping[str, Entry],
    measures: Mapping[str, Measures],
    files: Mapping[str, VolumeFile],
    settings: QualitySettings,
) -> Judged:
    """Return the rows and the decision; nothing in them depends on when or where it ran.

    Args:
        patient_id: Of the patient.
        record: Of the chosen slices.
        livers: On the fixed grid.
        transforms: As stored.
        measures: Of each stored sequence.
        files: Volumes, for how they were chosen.
        settings: The limits.
    """
    findings = {
        name: find_breaches(
            _values(measures[name], livers.of(name).flags, transforms.get(name)), settings
        )
        for name in record["sequences"]
    }
    unique = tuple(dict.fromkeys(_name_sequences(findings)))
    decision = decide(unique)
    rows = tuple(
        {"patient_id": patient_id, "sequence": name, "fixed_sequence": record["target"]}
        | _describe_file(files[name])
        | _describe_liver(record.get("own", {}).get(name, record), livers.of(name).flags)
        | _describe_registration(transforms.get(name))
        | _describe_measures(measures[name])
        | {"decision": decision, "reasons": _joined(one.reason for one in findings[name])}
        for name in record["sequences"]
    )
    return Judged(rows, decision, unique)


def _values(
    measures: Measures, liver_flags: tuple[str, ...], entry: Entry | None
) -> dict[str, float | None]:
    """Return everything that has a limit, by name."""
    values = dict(measures.values) | {"liver_flags": float(len(liver_flags))}
    if entry is not None:
        values["information_after"] = entry["information_after"]
        values["registration_flags"] = float(len(entry["flags"]))
    return values


def _name_sequences(findings: Mapping[str, tuple[Finding, ...]]) -> Iterable[Finding]:
    """Yield the findings; one that not every sequence shares names its sequence."""
    for name, found in findings.items():
        for one in found:
            is_shared = all(one in others for others in findings.values())
            reason = one.reason if is_shared else f"{name}: {one.reason}"
            yield one._replace(reason=reason)


def _describe_file(file: VolumeFile) -> dict[str, Any]:
    return {"series_description": file.description, "series_reason": file.reason}


def _describe_liver(record: Mapping[str, Any], flags: tuple[str, ...]) -> dict[str, Any]:
    return {
        "liver_source": record["liver_source"],
        "slice_indices": _joined(record["indices"]),
        "largest_slice": record["largest"],
        "largest_position": round(record["position"], 4),
        "slice_flags": _joined(record["flags"]),
        "liver_flags": _joined(flags),
    }


def _describe_measures(measures: Measures) -> dict[str, Any]:
    values = {
        name: value if value is None or name not in DIGITS else round(value, DIGITS[name])
        for name, value in measures.values.items()
    }
    reasons = (f"{name}: {reason}" for name, reason in sorted(measures.undefined.items()))
    return values | {"undefined": _joined(reasons)}


def _describe_registration(entry: Entry | None) -> dict[str, Any]:
    """Return the columns of a registration; empty for the fixed sequence itself."""
    if entry is None:
        return {"registration_method": "fixed"}
    transform = transform_of(entry)
    return {
        "registration_method": entry["method"],
        "registration_flags": _joined(entry["flags"]),
        "information_before": round(entry["information_before"], 6),
        "information_after": round(entry["information_after"], 6),
        "rotation_deg": round(rotation_deg(transform), 4),
        "translation_mm": round(translation_mm(transform), 4),
    }


def _joined(values: Iterable[Any]) -> str:
    return ";".join(str(value) for value in values)
