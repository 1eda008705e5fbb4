"""The registration of a patient's sequences to the fixed one, stored or made now."""

from typing import Any

from cirrhosis.contracts.files import hash_content, write_json
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging.artefacts import describe_registration, hash_array, read_entries
from cirrhosis.imaging.axes import doubt_axes
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.progression import RECIPE, Progression
from cirrhosis.imaging.settings import plain


def find_transforms(patient: Progression, liver: Array | None) -> dict[str, dict[str, Any]]:
    """Return the registration of each sequence to the fixed one.

    Args:
        patient: Under way.
        liver: Mask of the fixed sequence (z, y, x); None compares all of the image.
    """
    path = patient.layout.transform(patient.patient_id)
    stored = read_entries(path)
    entries: dict[str, dict[str, Any]] = {}
    for name in sorted(patient.study.volumes):
        if name == patient.job.target:
            continue
        key = _key(patient, name, liver)
        entries[name] = stored.get(name, {})
        if entries[name].get("key") != key:
            entries[name] = _register(patient, name, liver) | {"key": key}
    is_new = not path.is_file() or entries != stored
    if is_new:
        write_json(entries, path)
    patient.note("transforms", is_new=is_new)
    return entries


def _key(patient: Progression, name: str, liver: Array | None) -> str:
    job = patient.job
    return hash_content(
        {
            "recipe": RECIPE,
            "fixed": patient.hashes[job.target],
            "moving": patient.hashes[name],
            "liver": None if liver is None else hash_array(liver),
            "settings": plain(job.settings.registration),
            "weights": job.registrar.identify(patient.patient_id),
        }
    )


def _register(patient: Progression, name: str, liver: Array | None) -> dict[str, Any]:
    fixed, moving = patient.fixed, patient.volume(name)
    doubt = doubt_axes(fixed, moving)
    found = patient.job.registrar(
        fixed,
        moving,
        None if liver is None else like(fixed, liver),
        patient_id=patient.patient_id,
    )
    flags = (*found.flags, f"axes_in_doubt ({doubt})") if doubt else found.flags
    return describe_registration(found._replace(flags=flags))
