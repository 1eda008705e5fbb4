"""The livers of a patient on the fixed grid: the fixed sequence's, or one of each sequence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, write_json
from cirrhosis.contracts.volume import Array, LiverMask
from cirrhosis.imaging.artefacts import (
    fingerprint,
    geometry_of,
    read_entries,
    read_liver,
    transform_of,
    write_liver,
)
from cirrhosis.imaging.geometry import describe_grid, like
from cirrhosis.imaging.liver_settings import FILE
from cirrhosis.imaging.progression import RECIPE, Progression
from cirrhosis.imaging.resampling import resample_labels, resample_volume

# A stored registration, as `describe_registration` gives it.
Entry = Mapping[str, Any]


class Liver(NamedTuple):
    """A liver on the fixed grid.

    Attributes:
        array: uint8 (z, y, x).
        source: Where it comes from, in words.
        flags: Reasons for distrust.
    """

    array: Array
    source: str
    flags: tuple[str, ...]


def find_fixed_liver(patient: Progression) -> Liver:
    """Return the liver of the fixed sequence, stored or made now."""
    return _find(patient, patient.job.target, None)


def find_own_livers(
    patient: Progression, fixed_liver: Liver, transforms: Mapping[str, Entry]
) -> dict[str, Liver]:
    """Return the liver of each stored sequence on the fixed grid.

    A mask of a file belongs to the volume as it was scanned, and moves with it; other
    segmenters look at the registered image.
    """
    target = patient.job.target
    return {
        name: fixed_liver if name == target else _find(patient, name, transforms[name])
        for name in patient.names
    }


def _find(patient: Progression, name: str, moved: Entry | None) -> Liver:
    """Return the liver of one sequence; the fixed one is not `moved`."""
    key = _key(patient, name, moved)
    own = "" if moved is None else name
    path, notes = (
        patient.layout.liver(patient.patient_id, own),
        patient.layout.liver_notes(patient.patient_id),
    )
    entries = read_entries(notes)
    array = read_liver(path, key) if entries.get(name, {}).get("key") == key else None
    if array is None:
        found = _segment_fixed(patient) if moved is None else _segment_moving(patient, name, moved)
        _check(found, patient, name)
        # On the fixed volume's own grid to the last digit, as a stored mask is used later.
        mask = like(patient.fixed, (found.mask.array > 0).astype(np.uint8))
        write_liver(mask, key, path)
        entries[name] = {"key": key, "source": found.source, "flags": list(found.flags)}
        write_json(entries, notes)
        array = mask.array
        patient.note("livers", is_new=True)
    else:
        patient.note("livers", is_new=False)
    return Liver(array, entries[name]["source"], tuple(entries[name]["flags"]))


def _key(patient: Progression, name: str, moved: Entry | None) -> str:
    mask_path = patient.study.masks.get(name)
    content = {
        "recipe": RECIPE,
        "volume": patient.hashes[name],
        "mask": fingerprint(mask_path) if mask_path else None,
        "settings": patient.job.settings.liver.deciding,
        "weights": patient.job.segmenter.identify(patient.patient_id),
    }
    if moved is not None:
        fixed = patient.hashes[patient.job.target]
        content |= {"fixed": fixed, "transform": geometry_of(moved)}
    return hash_content(content)


def _segment_fixed(patient: Progression) -> LiverMask:
    mask_path = patient.study.masks.get(patient.job.target)
    return patient.job.segmenter(patient.fixed, patient_id=patient.patient_id, mask_path=mask_path)


def _segment_moving(patient: Progression, name: str, moved: Entry) -> LiverMask:
    """Return the liver of another sequence on the fixed grid."""
    segmenter, volume = patient.job.segmenter, patient.volume(name)
    transform, mask_path = transform_of(moved), patient.study.masks.get(name)
    if patient.job.settings.liver.source != FILE:
        registered = resample_volume(volume, patient.fixed, transform)
        return segmenter(registered, patient_id=patient.patient_id, mask_path=None)
    if mask_path is None:
        raise ContractError(
            f"expected a liver mask of each sequence (`liver.per_sequence`), but volumes.csv names"
            f" none for '{name}'; fill in its `liver_mask_path`, choose a segmenter with"
            " `liver.source`, or use the fixed sequence's with `liver.per_sequence=false`"
        )
    found = segmenter(volume, patient_id=patient.patient_id, mask_path=mask_path)
    return found._replace(mask=resample_labels(found.mask, patient.fixed, transform))


def _check(found: LiverMask, patient: Progression, name: str) -> None:
    if not found.mask.same_grid(patient.fixed) or not found.mask.array.any():
        raise ContractError(
            f"expected a liver of '{name}' on the grid of '{patient.job.target}',"
            f" {describe_grid(patient.fixed)}, but the segmenter gave"
            f" {int(found.mask.array.sum())} voxels on {describe_grid(found.mask)}"
        )
