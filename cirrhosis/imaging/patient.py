"""One patient through all stages; a stage whose inputs and settings stayed is not repeated."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, hash_file, write_json
from cirrhosis.contracts.store import Slices, StoreLayout, read_record, write_slices
from cirrhosis.contracts.volume import Array, LiverSegmenter, Registrar, Volume, VolumeReader
from cirrhosis.imaging.artefacts import (
    describe_registration,
    fingerprint,
    read_liver,
    read_transforms,
    transform_of,
    write_liver,
)
from cirrhosis.imaging.geometry import describe_grid, like, voxel_ml
from cirrhosis.imaging.intensities import ceiling_of, prepare_intensities, prepare_mask
from cirrhosis.imaging.quality import describe_patient
from cirrhosis.imaging.resampling import resample_planes
from cirrhosis.imaging.settings import PrepareSettings, plain
from cirrhosis.imaging.slices import Selection, liver_areas, select_slices
from cirrhosis.imaging.study import PatientStudy

# Part of every key: raise it when the same settings give other artefacts than before.
RECIPE = 1


@dataclass(frozen=True)
class Job:
    """What is the same for every patient."""

    folder: Path
    settings: PrepareSettings
    sequences: tuple[str, ...]
    reader: VolumeReader
    segmenter: LiverSegmenter
    registrar: Registrar

    @property
    def target(self) -> str:
        """The fixed sequence."""
        return self.settings.registration.target


@dataclass(frozen=True)
class Outcome:
    """What became of one patient.

    Attributes:
        patient_id: Of the patient.
        slices_hash: SHA-256 of the prepared slices, empty on failure.
        sequences: What was stored of the patient, nothing on failure.
        qc: Rows of `qc.csv`, one per stored sequence.
        computed: Artefacts that were made.
        reused: Artefacts whose key still held.
        stage: Where it failed, empty on success.
        reason: Why it failed.
    """

    patient_id: str
    slices_hash: str = ""
    sequences: tuple[str, ...] = ()
    qc: tuple[dict[str, Any], ...] = ()
    computed: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    stage: str = ""
    reason: str = ""


class StageError(Exception):
    """A stage could not be finished for one patient."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(stage, reason)
        self.stage, self.reason = stage, " ".join(reason.split())


@dataclass
class Progression:
    """A patient under way: inputs by hash, volumes read once and only if needed."""

    job: Job
    study: PatientStudy
    hashes: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)

    def volume(self, sequence: str) -> Volume:
        """Return the volume of a sequence."""
        if sequence not in self.volumes:
            with stage("read"):
                file = self.study.volumes[sequence]
                self.volumes[sequence] = self.job.reader(file.path, file.series)
        return self.volumes[sequence]


def prepare_patient(study: PatientStudy, *, job: Job) -> Outcome:
    """Make what is missing of a patient's artefacts; never raises, a failure is an outcome."""
    patient = Progression(job, study)
    layout = StoreLayout(job.folder)
    try:
        with stage("read"):
            patient.hashes = {
                name: fingerprint(file.path, file.series) for name, file in study.volumes.items()
            }
        with stage("liver"):
            liver = _liver(patient, layout)
        with stage("registration"):
            transforms = _transforms(patient, liver, layout)
        with stage("slices"):
            record = _slices(patient, liver, transforms, layout)
            slices_hash = hash_file(layout.slices(study.patient_id))
    except StageError as error:
        return Outcome(study.patient_id, stage=error.stage, reason=error.reason)
    return Outcome(
        study.patient_id,
        slices_hash=slices_hash,
        sequences=tuple(record["sequences"]),
        qc=describe_patient(study.patient_id, record, transforms),
        computed=tuple(patient.computed),
        reused=tuple(patient.reused),
    )


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a `StageError` of this stage.

    A cohort of a thousand patients must not stop at an unforeseen error of one; the error
    is written down with its type, never passed over.
    """
    try:
        yield
    except StageError:
        raise
    except ContractError as error:
        raise StageError(name, str(error)) from error
    except Exception as error:
        raise StageError(name, f"{type(error).__name__}: {error}") from error


def _liver(patient: Progression, layout: StoreLayout) -> Array:
    """Return the mask of the fixed sequence (z, y, x), stored or made now."""
    job, study = patient.job, patient.study
    mask_path = study.masks.get(job.target)
    key = hash_content(
        {
            "recipe": RECIPE,
            "volume": patient.hashes[job.target],
            "mask": fingerprint(mask_path) if mask_path else None,
            "settings": plain(job.settings.liver),
            "weights": job.segmenter.identify(study.patient_id),
        }
    )
    stored = read_liver(layout.liver(study.patient_id), key)
    if stored is not None:
        patient.reused.append("livers")
        return stored
    fixed = patient.volume(job.target)
    liver = job.segmenter(fixed, patient_id=study.patient_id, mask_path=mask_path).mask
    if not liver.same_grid(fixed) or not liver.array.any():
        raise ContractError(
            f"expected a liver on the grid of '{job.target}', {describe_grid(fixed)}, but the"
            f" segmenter gave {int(liver.array.sum())} voxels on {describe_grid(liver)}"
        )
    # On the fixed volume's own grid to the last digit, as a stored mask is used later.
    mask = like(fixed, (liver.array > 0).astype(np.uint8))
    write_liver(mask, key, layout.liver(study.patient_id))
    patient.computed.append("livers")
    return mask.array


def _transforms(patient: Progression, liver: Array, layout: StoreLayout) -> dict[str, Any]:
    """Return the registration of each stored sequence to the fixed one."""
    job, path = patient.job, layout.transform(patient.study.patient_id)
    stored = read_transforms(path)
    entries: dict[str, Any] = {}
    for name in sorted(patient.study.volumes):
        if name == job.target:
            continue
        key = hash_content(
            {
                "recipe": RECIPE,
                "fixed": patient.hashes[job.target],
                "moving": patient.hashes[name],
                "liver": _hash_array(liver),
                "settings": plain(job.settings.registration),
                "weights": job.registrar.identify(patient.study.patient_id),
            }
        )
        entries[name] = stored.get(name, {})
        if entries[name].get("key") != key:
            fixed = patient.volume(job.target)
            found = job.registrar(
                fixed,
                patient.volume(name),
                like(fixed, liver),
                patient_id=patient.study.patient_id,
            )
            entries[name] = describe_registration(found, key)
    if path.is_file() and entries == stored:
        patient.reused.append("transforms")
    else:
        write_json(entries, path)
        patient.computed.append("transforms")
    return entries


def _slices(
    patient: Progression, liver: Array, transforms: dict[str, Any], layout: StoreLayout
) -> dict[str, Any]:
    """Write the chosen slices of each sequence and return their record."""
    job, path = patient.job, layout.slices(patient.study.patient_id)
    names = [name for name in job.sequences if name in patient.study.volumes]
    geometry = ("rotation", "center_mm", "translation_mm")
    key = hash_content(
        {
            "recipe": RECIPE,
            "fixed": patient.hashes[job.target],
            "volumes": {name: patient.hashes[name] for name in names},
            "liver": _hash_array(liver),
            "transforms": {
                name: [transforms[name][part] for part in geometry]
                for name in names
                if name != job.target
            },
            "slices": plain(job.settings.slices),
            "intensities": plain(job.settings.intensities),
        }
    )
    stored = read_record(path)
    if stored is not None and stored.get("key") == key:
        patient.reused.append("slices")
        return stored
    selection = select_slices(liver_areas(liver), settings=job.settings.slices)
    record = _record(patient, liver, selection) | {"key": key, "sequences": names}
    images = {name: _image(patient, name, selection, transforms) for name in names}
    size = job.settings.intensities.image_size
    mask = prepare_mask(liver[list(selection.indices)], image_size=size)
    write_slices(Slices(images, mask, record), path)
    patient.computed.append("slices")
    return record


def _image(
    patient: Progression, name: str, selection: Selection, transforms: dict[str, Any]
) -> Array:
    """Return the prepared slices of one sequence on the fixed grid."""
    settings = patient.job.settings.intensities
    volume, fixed = patient.volume(name), patient.volume(patient.job.target)
    if name == patient.job.target:
        planes = volume.array[list(selection.indices)]
    else:
        transform = transform_of(transforms[name])
        planes = resample_planes(volume, fixed, transform, selection.indices)
    try:
        return prepare_intensities(planes, ceiling_of(volume.array, settings), settings=settings)
    except ContractError as error:
        raise ContractError(f"sequence '{name}': {error}") from error


def _record(patient: Progression, liver: Array, selection: Selection) -> dict[str, Any]:
    fixed = patient.volume(patient.job.target)
    return {
        "target": patient.job.target,
        "indices": list(selection.indices),
        "areas": list(selection.areas),
        "largest": selection.largest,
        "first": selection.first,
        "last": selection.last,
        "position": selection.position,
        "flags": list(selection.flags),
        "liver_ml": int(liver.sum()) * voxel_ml(fixed),
        "liver_source": patient.job.settings.liver.source,
        "spacing_mm": list(fixed.spacing_mm),
    }


def _hash_array(array: Array) -> str:
    voxels = hashlib.sha256(array.tobytes()).hexdigest()
    return hash_content({"shape": list(array.shape), "voxels": voxels})
