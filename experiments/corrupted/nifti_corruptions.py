"""What can go wrong with a NIfTI file; each corruption changes one file in place."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np

Corrupt = Callable[[Path, np.random.Generator], None]
HEADER_BYTES = 348
# Byte of a header field and how it is stored.
FIELDS = {
    "dim_x": (42, "<h"),
    "dim_z": (46, "<h"),
    "datatype": (70, "<h"),
    "bitpix": (72, "<h"),
    "pixdim_x": (80, "<f"),
    "pixdim_z": (88, "<f"),
    "vox_offset": (108, "<f"),
    "slope": (112, "<f"),
    "intercept": (116, "<f"),
    "qform_code": (252, "<h"),
    "sform_code": (254, "<h"),
    "quatern_b": (256, "<f"),
    "qoffset_x": (268, "<f"),
    "srow_x0": (280, "<f"),
    "srow_z3": (324, "<f"),
}


def truncate(path: Path, rng: np.random.Generator) -> None:
    """Cut the file anywhere."""
    content = path.read_bytes()
    path.write_bytes(content[: int(rng.integers(0, len(content)))])


def cut_last_byte(path: Path, rng: np.random.Generator) -> None:
    """Cut off one byte."""
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path, rng: np.random.Generator) -> None:
    """Leave no byte."""
    path.write_bytes(b"")


def flip_anywhere(path: Path, rng: np.random.Generator) -> None:
    """Flip one bit of the file as it is stored."""
    _flip(path, rng, 0, path.stat().st_size)


def flip_in_header(path: Path, rng: np.random.Generator) -> None:
    """Flip one bit of the header; the checksum of a packed file is made anew."""
    content = bytearray(_unpacked(path))
    place = int(rng.integers(0, HEADER_BYTES))
    content[place] ^= 1 << int(rng.integers(0, 8))
    _repack(path, bytes(content))


def flip_in_voxels(path: Path, rng: np.random.Generator) -> None:
    """Flip ten bits of the voxels of an unpacked file."""
    for _ in range(10):
        _flip(path, rng, 352, path.stat().st_size)


def set_field(name: str, value: float) -> Corrupt:
    """Return the corruption that writes another value into one field of the header."""
    place, kind = FIELDS[name]

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        content = bytearray(_unpacked(path))
        struct.pack_into(kind, content, place, int(value) if kind == "<h" else value)
        _repack(path, bytes(content))

    return corrupt


def swap_bytes(path: Path, rng: np.random.Generator) -> None:
    """Swap the bytes of all voxels but not of the header."""
    content = _unpacked(path)
    voxels = np.frombuffer(content[352:], "<i2").byteswap().tobytes()
    _repack(path, content[:352] + voxels)


def with_array(change: Callable[[np.ndarray], np.ndarray], kind: type = np.float32) -> Corrupt:
    """Return the corruption that changes voxels under the same affine."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        image = nib.load(path)
        array = change(np.array(image.dataobj, dtype=kind))
        nib.save(nib.Nifti1Image(array, image.affine), path)

    return corrupt


def with_affine(change: Callable[[np.ndarray], np.ndarray], *, both: bool = True) -> Corrupt:
    """Return the corruption that changes the affine, in both forms or in the sform alone."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        image = nib.load(path)
        affine = change(image.affine.copy())
        changed = nib.Nifti1Image(np.array(image.dataobj), affine if both else image.affine)
        changed.set_qform(changed.affine, 1)
        changed.set_sform(affine, 1)
        nib.save(changed, path)

    return corrupt


def bomb(path: Path, rng: np.random.Generator) -> None:
    """Let a small packed file unpack to three gigabytes, as its header says."""
    content = bytearray(_unpacked(path)[:352])
    struct.pack_into("<3h", content, 42, 1000, 1000, 1500)
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(bytes(content))
        for _ in range(3000):
            stream.write(bytes(1000 * 1000))


def _flip(path: Path, rng: np.random.Generator, start: int, end: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(rng.integers(start, end))] ^= 1 << int(rng.integers(0, 8))
    path.write_bytes(bytes(content))


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _repack(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
