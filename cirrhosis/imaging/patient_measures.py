"""Measures of a patient's livers, alignment and slices; stored, so that limits may change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, write_json
from cirrhosis.contracts.volume import RigidTransform
from cirrhosis.imaging.artefacts import (
    fingerprint,
    geometry_of,
    hash_array,
    read_entries,
    transform_of,
)
from cirrhosis.imaging.geometry import voxel_ml
from cirrhosis.imaging.liver_settings import FILE
from cirrhosis.imaging.patient_livers import Entry
from cirrhosis.imaging.patient_slices import Livers, read_planes
from cirrhosis.imaging.progression import RECIPE, Progression
from cirrhosis.imaging.quality_measures import (
    area_jump,
    clipped_share,
    outside_share,
    overlap_dice,
)
from cirrhosis.imaging.resampling import resample_labels
from cirrhosis.imaging.rigid import IDENTITY
from cirrhosis.imaging.slices import liver_areas


class Measures(NamedTuple):
    """What was measured of one sequence.

    Attributes:
        values: By name; None where undefined.
        undefined: Why, by name.
    """

    values: Mapping[str, float | None]
    undefined: Mapping[str, str]


def find_measures(
    patient: Progression,
    livers: Livers,
    transforms: Mapping[str, Entry],
    record: Mapping[str, Any],
) -> dict[str, Measures]:
    """Return the measures of each stored sequence, stored or made now.

    Args:
        patient: Under way.
        livers: On the fixed grid.
        transforms: As stored.
        record: Of the chosen slices.
    """
    path = patient.layout.measures(patient.patient_id)
    key = _key(patient, livers, transforms, record)
    stored = read_entries(path)
    is_new = stored.get("key") != key
    if is_new:
        sequences = {
            name: _measure(patient, name, livers, transforms, record)._asdict()
            for name in patient.names
        }
        stored = {"key": key, "sequences": sequences}
        write_json(stored, path)
    patient.note("measures", is_new=is_new)
    return {name: Measures(**entry) for name, entry in stored["sequences"].items()}


def _key(
    patient: Progression,
    livers: Livers,
    transforms: Mapping[str, Entry],
    record: Mapping[str, Any],
) -> str:
    moving = [name for name in patient.names if name != patient.job.target]
    masks = {name: path for name, path in patient.study.masks.items() if name in moving}
    reads_masks = patient.job.settings.liver.source == FILE and not livers.own
    return hash_content(
        {
            "recipe": RECIPE,
            "slices": record["key"],
            "liver": hash_array(livers.fixed.array),
            "transforms": {name: geometry_of(transforms[name]) for name in moving},
            "masks": {name: _fingerprint(path) for name, path in masks.items()}
            if reads_masks
            else {},
        }
    )


def _fingerprint(path: Path) -> str:
    # A mask that is only compared may be absent.
    return fingerprint(path) if path.exists() else ""


def _measure(
    patient: Progression,
    name: str,
    livers: Livers,
    transforms: Mapping[str, Entry],
    record: Mapping[str, Any],
) -> Measures:
    fixed, volume = patient.fixed, patient.volume(name)
    chosen = tuple(record.get("own", {}).get(name, record)["indices"])
    liver = livers.of(name).array
    transform = IDENTITY if name == patient.job.target else transform_of(transforms[name])
    dice, why = _compare(patient, name, livers, transform)
    settings = patient.job.settings.intensities
    return Measures(
        values={
            "liver_ml": int(np.count_nonzero(liver)) * voxel_ml(fixed),
            "n_liver_slices": int(np.count_nonzero(liver.any(axis=(1, 2)))),
            "area_jump": area_jump(liver_areas(liver)),
            "repeated_slices": len(chosen) - len(set(chosen)),
            "outside_share": outside_share(liver, fixed, volume, transform),
            "clipped_share": clipped_share(
                read_planes(patient, name, chosen, transforms),
                patient.ceiling(name),
                settings=settings,
            ),
            "liver_dice": dice,
        },
        undefined={"liver_dice": why} if why else {},
    )


def _compare(
    patient: Progression, name: str, livers: Livers, transform: RigidTransform
) -> tuple[float | None, str]:
    """Return how well a moving sequence's liver lies on the fixed one, or why that is unknown."""
    if name == patient.job.target:
        return None, "the fixed sequence itself"
    if livers.own:
        return overlap_dice(livers.fixed.array, livers.own[name].array), ""
    mask_path = patient.study.masks.get(name)
    if mask_path is None or patient.job.settings.liver.source != FILE:
        return None, "no mask of its own"
    try:
        found = patient.job.segmenter(
            patient.volume(name), patient_id=patient.patient_id, mask_path=mask_path
        )
    except ContractError as error:
        # The mask is not used otherwise, so it costs the patient nothing.
        return None, " ".join(str(error).split())
    moved = resample_labels(found.mask, patient.fixed, transform)
    return overlap_dice(livers.fixed.array, moved.array), ""
