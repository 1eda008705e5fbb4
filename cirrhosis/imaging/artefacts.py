"""The store's intermediate artefacts, each with the key of what it was made from."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, hash_file, read_json, whole_file
from cirrhosis.contracts.volume import Array, Registration, RigidTransform, Volume
from cirrhosis.imaging.dicom_series import find_series
from cirrhosis.imaging.geometry import image_of, volume_of
from cirrhosis.imaging.nifti import read_nifti, read_note
from cirrhosis.imaging.study import VolumeFile

# SimpleITK writes this entry into the NIfTI field `descrip`, which holds 79 characters.
NOTE = "ITK_FileNotes"


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, or of every file below a folder.

    Raises:
        ContractError: If there is nothing at `path`.
    """
    if path.is_dir():
        return _hash_files(path, sorted(file for file in path.rglob("*") if file.is_file()))
    if not path.is_file():
        raise ContractError(
            f"expected a file at {path}, but there is none; correct the path in volumes.csv"
        )
    return hash_file(path)


def fingerprint_volumes(volumes: Mapping[str, VolumeFile]) -> dict[str, str]:
    """Return the SHA-256 of each volume of a study, of a named series that of its files alone.

    A folder in which several volumes lie is searched once. What is not found in it is left to
    the reader, who says why.

    Raises:
        ContractError: If a file or folder is absent.
    """
    folders = {file.path for file in volumes.values() if file.series and file.path.is_dir()}
    files = {
        (folder, found.key): [found.folder / name for name in found.files]
        for folder in sorted(folders)
        for found in find_series(folder).series
    }
    return {
        name: _hash_files(file.path, files[file.path, file.series])
        if (file.path, file.series) in files
        else fingerprint(file.path)
        for name, file in volumes.items()
    }


def _hash_files(folder: Path, files: Iterable[Path]) -> str:
    return hash_content({file.relative_to(folder).as_posix(): hash_file(file) for file in files})


def write_liver(mask: Volume, key: str, path: Path) -> None:
    """Write a uint8 mask whole, with its key in the header."""
    image = image_of(mask)
    image.SetMetaData(NOTE, key)
    with whole_file(path) as partial:
        sitk.WriteImage(image, str(partial), useCompression=True)


def read_liver(path: Path, key: str) -> Array | None:
    """Return a stored mask (z, y, x), or None if there is none of this key."""
    try:
        if read_note(path) != key:
            return None
        return volume_of(read_nifti(path)).array.astype(np.uint8)
    except ContractError:
        return None


def read_entries(path: Path) -> dict[str, Any]:
    """Return the entries of a stored JSON object, nothing if it is absent or damaged."""
    try:
        content = read_json(path)
    except ContractError:
        return {}
    return content if isinstance(content, dict) else {}


def describe_registration(registration: Registration) -> dict[str, Any]:
    """Return a registration as JSON holds it."""
    return {
        "method": registration.method,
        "rotation": list(registration.transform.rotation),
        "center_mm": list(registration.transform.center_mm),
        "translation_mm": list(registration.transform.translation_mm),
        "information_before": registration.information_before,
        "information_after": registration.information_after,
        "flags": list(registration.flags),
    }


def geometry_of(entry: Mapping[str, Any]) -> list[Any]:
    """Return the numbers of a stored registration that place voxels."""
    return [entry[part] for part in ("rotation", "center_mm", "translation_mm")]


def transform_of(entry: Mapping[str, Any]) -> RigidTransform:
    """Return the transform of a stored registration."""
    x, y, z = entry["center_mm"]
    right, back, up = entry["translation_mm"]
    return RigidTransform(tuple(entry["rotation"]), (x, y, z), (right, back, up))


def hash_array(array: Array) -> str:
    """Return the fingerprint of an array's shape and values."""
    voxels = hashlib.sha256(array.tobytes()).hexdigest()
    return hash_content({"shape": list(array.shape), "voxels": voxels})
