"""The chosen slices of a patient's sequences, as training sees them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.store import Slices, read_record, write_slices
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging.artefacts import geometry_of, hash_array, transform_of
from cirrhosis.imaging.geometry import voxel_ml
from cirrhosis.imaging.intensities import prepare_intensities, prepare_mask
from cirrhosis.imaging.liver_settings import FILE
from cirrhosis.imaging.patient_livers import Entry, Liver
from cirrhosis.imaging.progression import RECIPE, Progression
from cirrhosis.imaging.resampling import resample_planes
from cirrhosis.imaging.settings import plain
from cirrhosis.imaging.slices import Selection, liver_areas, select_slices


class Livers(NamedTuple):
    """The livers of a patient on the fixed grid.

    Attributes:
        fixed: Of the fixed sequence.
        own: Of each stored sequence, where each has slices of its own; else nothing.
    """

    fixed: Liver
    own: Mapping[str, Liver]

    def of(self, name: str) -> Liver:
        """Return the liver by which the slices of a sequence are chosen."""
        return self.own.get(name, self.fixed)


def find_slices(
    patient: Progression, livers: Livers, transforms: Mapping[str, Entry]
) -> dict[str, Any]:
    """Write the chosen slices of each sequence, if need be, and return their record."""
    path = patient.layout.slices(patient.patient_id)
    key = _key(patient, livers, transforms)
    stored = read_record(path)
    is_new = stored is None or stored.get("key") != key
    record = _write(patient, livers, transforms, key) if stored is None or is_new else stored
    patient.note("slices", is_new=is_new)
    return record


def read_planes(
    patient: Progression, name: str, indices: tuple[int, ...], transforms: Mapping[str, Entry]
) -> Array:
    """Return planes of a sequence on the fixed grid, as they were scanned."""
    volume = patient.volume(name)
    if name == patient.job.target:
        planes: Array = volume.array[list(indices)]
        return planes
    return resample_planes(volume, patient.fixed, transform_of(transforms[name]), indices)


def _key(patient: Progression, livers: Livers, transforms: Mapping[str, Entry]) -> str:
    job, names = patient.job, patient.names
    content = {
        "recipe": RECIPE,
        "fixed": patient.hashes[job.target],
        "volumes": {name: patient.hashes[name] for name in names},
        "liver": hash_array(livers.fixed.array),
        "transforms": {name: geometry_of(transforms[name]) for name in names if name != job.target},
        "slices": plain(job.settings.slices),
        "intensities": plain(job.settings.intensities),
    }
    # Slices by one mask of a file keep the key that they had before there was anything else.
    if livers.own:
        content["own"] = {name: hash_array(liver.array) for name, liver in livers.own.items()}
    sources = sorted({liver.source for liver in (livers.fixed, *livers.own.values())})
    if sources != [FILE]:
        content["sources"] = sources
    return hash_content(content)


def _write(
    patient: Progression, livers: Livers, transforms: Mapping[str, Entry], key: str
) -> dict[str, Any]:
    settings, names = patient.job.settings, patient.names
    size = settings.intensities.image_size
    shared = _select(livers.fixed, patient)
    chosen = {name: _select(liver, patient) for name, liver in livers.own.items()}
    images = {name: _image(patient, name, chosen.get(name, shared), transforms) for name in names}
    record = {
        "key": key,
        "sequences": names,
        "target": patient.job.target,
        "spacing_mm": list(patient.fixed.spacing_mm),
        **_describe(patient, livers.fixed, shared),
    }
    if chosen:
        record["own"] = {name: _describe(patient, livers.own[name], chosen[name]) for name in names}
    masks = {name: _mask(livers.own[name], selection, size) for name, selection in chosen.items()}
    slices = Slices(images, _mask(livers.fixed, shared, size), record, masks)
    write_slices(slices, patient.layout.slices(patient.patient_id))
    return record


def _select(liver: Liver, patient: Progression) -> Selection:
    return select_slices(liver_areas(liver.array), settings=patient.job.settings.slices)


def _mask(liver: Liver, selection: Selection, size: int) -> Array:
    return prepare_mask(liver.array[list(selection.indices)], image_size=size)


def _image(
    patient: Progression, name: str, selection: Selection, transforms: Mapping[str, Entry]
) -> Array:
    """Return the prepared slices of one sequence on the fixed grid."""
    settings = patient.job.settings.intensities
    planes = read_planes(patient, name, selection.indices, transforms)
    try:
        return prepare_intensities(planes, patient.ceiling(name), settings=settings)
    except ContractError as error:
        raise ContractError(f"sequence '{name}': {error}") from error


def _describe(patient: Progression, liver: Liver, selection: Selection) -> dict[str, Any]:
    return {
        "indices": list(selection.indices),
        "areas": list(selection.areas),
        "largest": selection.largest,
        "first": selection.first,
        "last": selection.last,
        "position": selection.position,
        "flags": list(selection.flags),
        "liver_ml": int(liver.array.sum()) * voxel_ml(patient.fixed),
        "liver_source": liver.source,
    }
