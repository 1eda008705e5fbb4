"""The prepared store: five slices per patient and how they came to be."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import hash_content, read_json, whole_file, write_json
from cirrhosis.contracts.volume import Array

FORMAT_VERSION = 1
# In `failures.csv`, who was prepared and left out by the limits of `preparation.quality`.
GATE_STAGE = "quality"
# The bits of 1 as float16.
ONE_HALF_BITS = int(np.float16(1).view(np.uint16))


@dataclass(frozen=True)
class Slices:
    """What training sees of one patient.

    Attributes:
        images: Per sequence, float16 in [0, 1], shape (slices, height, width), slices from
            foot to head.
        mask: Liver of the fixed sequence, uint8 0 or 1, same shape.
        record: How the slices were made: key, slice indices, flags. Plain values.
        sequence_masks: Per sequence an own mask, only where `liver.per_sequence` is set.
    """

    images: Mapping[str, Array]
    mask: Array
    record: Mapping[str, Any]
    sequence_masks: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What a store holds and by which settings it was made.

    Attributes:
        name: Name of the store.
        settings: The settings of `prepare` that change its artefacts, plain values.
        split_hash: Hash of the split file that named the patients.
        sequences: Sequences that were prepared.
        patients: SHA-256 of the slices of every prepared patient.
        synthetic: Whether the cohort is a phantom; every page that shows it must say so.
        format_version: Version of the layout of the store.
        absent: Sequences that a prepared patient lacks; only patients who lack one.
        quality: Limits by which patients were flagged or left out. They change no artefact, so
            they are no part of the fingerprint; who is left out is.
    """

    name: str
    settings: Mapping[str, Any]
    split_hash: str
    sequences: tuple[str, ...]
    patients: Mapping[str, str]
    synthetic: bool
    format_version: int = FORMAT_VERSION
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data_hash(self) -> str:
        """Fingerprint of the settings and of every prepared patient."""
        content = {"settings": self.settings, "patients": dict(self.patients)}
        # Complete stores keep the fingerprint that they had before patients could lack one.
        absent = {name: list(sequences) for name, sequences in self.absent.items()}
        return hash_content(content | ({"absent": absent} if absent else {}))

    def find_lacking(self, patient_id: str, sequences: Iterable[str]) -> tuple[str, ...]:
        """Return which of `sequences` a prepared patient lacks, sorted."""
        return tuple(sorted(set(sequences) & set(self.absent.get(patient_id, ()))))


@dataclass(frozen=True)
class StoreLayout:
    """Places inside a store."""

    folder: Path

    @property
    def manifest(self) -> Path:
        """What the store holds."""
        return self.folder / "manifest.json"

    @property
    def qc(self) -> Path:
        """One row per patient and sequence: what was measured on the way."""
        return self.folder / "qc.csv"

    @property
    def failures(self) -> Path:
        """Patients who could not be prepared, with stage and reason."""
        return self.folder / "failures.csv"

    def transform(self, patient_id: str) -> Path:
        """Rigid transforms of a patient's sequences to the fixed one."""
        return self.folder / "transforms" / f"{patient_id}.json"

    def liver(self, patient_id: str, sequence: str = "") -> Path:
        """Liver mask of a patient on the fixed grid, or that of one moving sequence there."""
        return self.folder / "livers" / sequence / f"{patient_id}.nii.gz"

    def liver_notes(self, patient_id: str) -> Path:
        """Where a patient's masks come from."""
        return self.folder / "livers" / f"{patient_id}.json"

    def measures(self, patient_id: str) -> Path:
        """What was measured of a patient on the way, before any limit."""
        return self.folder / "measures" / f"{patient_id}.json"

    def slices(self, patient_id: str) -> Path:
        """Selected slices of a patient."""
        return self.folder / "slices" / f"{patient_id}.safetensors"


def write_slices(slices: Slices, path: Path) -> None:
    """Check a patient's slices and write them whole.

    Raises:
        ContractError: If shapes or types differ from the contract or a value leaves [0, 1].
    """
    _check_slices(slices, path)
    tensors = {name: np.ascontiguousarray(image) for name, image in slices.images.items()}
    tensors["mask"] = np.ascontiguousarray(slices.mask)
    for name, mask in slices.sequence_masks.items():
        tensors[f"mask_{name}"] = np.ascontiguousarray(mask)
    # One key only: safetensors writes several metadata keys in random order.
    record = json.dumps(slices.record, sort_keys=True, allow_nan=False)
    with whole_file(path) as partial:
        save_file(tensors, partial, metadata={"record": record})


def read_slices(path: Path, sequences: Iterable[str] | None = None) -> Slices:
    """Read a patient's slices, all sequences or those named.

    Raises:
        ContractError: If the file is absent, damaged, breaks the contract or lacks a sequence.
    """
    if not path.is_file():
        raise ContractError(f"expected prepared slices at {path}, but there are none; run prepare")
    try:
        with safe_open(path, framework="numpy") as stored:
            record = json.loads((stored.metadata() or {}).get("record", "{}"))
            names = [key for key in stored.keys() if not key.startswith("mask")]  # noqa: SIM118
            wanted = names if sequences is None else list(sequences)
            absent = sorted(set(wanted) - set(names))
            if absent:
                raise ContractError(
                    f"{path}: expected the sequences {', '.join(wanted)}, but {first(absent)} is"
                    f" not stored (it has {', '.join(names)}); prepare a store that has it"
                )
            images = {name: stored.get_tensor(name) for name in wanted}
            mask = stored.get_tensor("mask")
            own = {
                name: stored.get_tensor(f"mask_{name}")
                for name in wanted
                if f"mask_{name}" in stored.keys()  # noqa: SIM118
            }
    except (SafetensorError, json.JSONDecodeError, OSError) as error:
        raise ContractError(
            f"{path} cannot be read as safetensors ({error}). Remove it and run prepare again;"
            " only this patient is made anew."
        ) from error
    slices = Slices(images, mask, record, own)
    _check_slices(slices, path)
    return slices


def read_record(path: Path) -> dict[str, Any] | None:
    """Return how a patient's slices were made, or None if the file is absent or damaged."""
    try:
        with safe_open(path, framework="numpy") as stored:
            record: dict[str, Any] = json.loads((stored.metadata() or {}).get("record", "{}"))
            return record
    except (SafetensorError, json.JSONDecodeError, OSError):
        return None


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write what the store holds."""
    content = asdict(manifest) | {"data_hash": manifest.data_hash}
    write_json(content, StoreLayout(folder).manifest)


def read_manifest(folder: Path) -> Manifest:
    """Read what a store holds.

    Raises:
        ContractError: If there is no store, its layout is of another version, or the
            manifest was changed by hand.
    """
    path = StoreLayout(folder).manifest
    if not path.is_file():
        raise ContractError(f"expected a prepared store at {folder}, but it has no manifest.json;"
                            " run `cirrhosis prepare` first or correct `store`")  # fmt: skip
    content = read_json(path)
    if content.get("format_version") != FORMAT_VERSION:
        raise ContractError(
            f"{path}: expected layout version {FORMAT_VERSION}, but found"
            f" {content.get('format_version')}; prepare the store again with this release"
        )
    written = content.pop("data_hash", None)
    try:
        manifest = _make_manifest(content)
    except (AttributeError, KeyError, TypeError) as error:
        raise ContractError(f"{path}: is not a manifest ({error}); prepare again") from error
    if written != manifest.data_hash:
        raise ContractError(
            f"{path}: the data hash does not belong to its content, so it was changed after"
            " prepare wrote it; run prepare again"
        )
    _check_absent(manifest, path, is_said="absent" in content)
    return manifest


def _make_manifest(content: dict[str, Any]) -> Manifest:
    absent = {name: tuple(lacks) for name, lacks in content.get("absent", {}).items()}
    sequences = tuple(content["sequences"])
    return Manifest(**(content | {"sequences": sequences, "absent": absent}))


def _check_absent(manifest: Manifest, path: Path, *, is_said: bool) -> None:
    if not is_said and manifest.settings.get("on_missing") == "skip":
        raise ContractError(
            f"{path}: expected it to say which sequences each patient lacks, because the store"
            " was prepared with preparation.on_missing=skip, but an earlier release wrote it; run"
            " prepare again, it makes no slices anew"
        )


def check_settings(manifest: Manifest, asked: Mapping[str, Any]) -> None:
    """Refuse a store that was made by other settings than a run asks for.

    Args:
        manifest: Of the store.
        asked: Settings by dotted name, such as `slices.image_size`.

    Raises:
        ContractError: If one of them differs; names each with both values.
    """
    different = [
        f"{name}: store {stored}, asked {value}"
        for name, value in asked.items()
        if (stored := _lookup(manifest.settings, name)) != value
    ]
    if different:
        raise ContractError(
            f"expected the store '{manifest.name}' to match the run, but {len(different)}"
            f" settings differ: {first(different)}. Prepare a store with the run's settings"
            " under another name, or ask for the store's."
        )


def _lookup(settings: Mapping[str, Any], dotted: str) -> Any:
    value: Any = settings
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _check_slices(slices: Slices, path: Path) -> None:
    shape = slices.mask.shape
    if slices.mask.dtype != np.uint8 or len(shape) != 3 or slices.mask.max(initial=0) > 1:
        raise ContractError(
            f"{path}: expected the mask as uint8 0 or 1 of shape (slices, height, width), but"
            f" got {slices.mask.dtype} of shape {shape}"
        )
    arrays = [*slices.images.values(), *slices.sequence_masks.values()]
    uneven = [array.shape for array in arrays if array.shape != shape]
    if uneven or not slices.images:
        raise ContractError(
            f"{path}: expected at least one sequence and every array of shape {shape}, but"
            f" found {first(uneven) or 'no sequence'}"
        )
    for name, image in slices.images.items():
        if not _is_unit_half(image):
            raise ContractError(
                f"{path}: expected sequence '{name}' as float16 in [0, 1], but it is"
                f" {image.dtype} from {float(image.min())} to {float(image.max())}"
            )


def _is_unit_half(image: Array) -> bool:
    """Return whether `image` is float16 in [0, 1]."""
    if image.dtype != np.float16:
        return False
    # Positive halves are in the order of their bits; comparing those takes a hundredth of the
    # time. Minus zero is beyond them and left to the comparison of values.
    if image.view(np.uint16).max(initial=0) <= ONE_HALF_BITS:
        return True
    return bool(image.min() >= 0 and image.max() <= 1)
