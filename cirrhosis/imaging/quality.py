"""Rows of `qc.csv`: what was measured on the way, per patient and sequence."""

from collections.abc import Mapping
from typing import Any

from cirrhosis.imaging.artefacts import transform_of
from cirrhosis.imaging.rigid import rotation_deg, translation_mm

COLUMNS = (
    "patient_id",
    "sequence",
    "fixed_sequence",
    "liver_source",
    "liver_ml",
    "n_liver_slices",
    "slice_indices",
    "largest_slice",
    "largest_position",
    "slice_flags",
    "liver_flags",
    "registration_method",
    "registration_flags",
    "information_before",
    "information_after",
    "rotation_deg",
    "translation_mm",
)
# Outside these a mask is more often wrong than the liver unusual.
PLAUSIBLE_ML = (600, 4000)
FEWEST_SLICES = 8


def describe_patient(
    patient_id: str, record: Mapping[str, Any], transforms: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    """Return one row per stored sequence; nothing in it depends on when or where it ran."""
    n_slices = record["last"] - record["first"] + 1
    shared = {
        "patient_id": patient_id,
        "fixed_sequence": record["target"],
        "liver_source": record["liver_source"],
        "liver_ml": round(record["liver_ml"], 2),
        "n_liver_slices": n_slices,
        "slice_indices": _joined(record["indices"]),
        "largest_slice": record["largest"],
        "largest_position": round(record["position"], 4),
        "slice_flags": _joined(record["flags"]),
        "liver_flags": _joined(_liver_flags(record["liver_ml"], n_slices)),
    }
    return tuple(
        shared | {"sequence": name} | _describe_registration(transforms.get(name))
        for name in record["sequences"]
    )


def _liver_flags(liver_ml: float, n_slices: int) -> list[str]:
    low, high = PLAUSIBLE_ML
    flags = {"volume_unusual": not low <= liver_ml <= high, "few_slices": n_slices < FEWEST_SLICES}
    return [name for name, raised in flags.items() if raised]


def _describe_registration(entry: Mapping[str, Any] | None) -> dict[str, Any]:
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


def _joined(values: list[Any]) -> str:
    return ";".join(str(value) for value in values)
