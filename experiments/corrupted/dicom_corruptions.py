"""What can go wrong with a folder of DICOM files or with a DICOM SEG."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from experiments.corrupted.nifti_corruptions import Corrupt

Change = Callable[[Dataset], None]


def files_of(path: Path) -> list[Path]:
    """Return the files of a series from foot to head; the file itself of a SEG."""
    if path.is_file():
        return [path]
    heights = {file: _height(file) for file in path.glob("*.dcm")}
    return sorted(heights, key=lambda file: heights[file])


def on_one(change: Change, place: str = "last") -> Corrupt:
    """Return the corruption that changes the header of one slice (`last`, `middle`)."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        files = files_of(path)
        _edit(files[-1] if place == "last" else files[len(files) // 2], change)

    return corrupt


def on_all(change: Change) -> Corrupt:
    """Return the corruption that changes the headers of all slices alike."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        for file in files_of(path):
            _edit(file, change)

    return corrupt


def on_bytes(change: Callable[[bytes, np.random.Generator], bytes], place: str) -> Corrupt:
    """Return the corruption that changes the bytes of one file."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        files = files_of(path)
        index = {"last": -1, "middle": len(files) // 2}.get(place, 0)
        files[index].write_bytes(change(files[index].read_bytes(), rng))

    return corrupt


def remove(place: str) -> Corrupt:
    """Return the corruption that deletes a slice (`last`, `middle`, `even`)."""

    def corrupt(path: Path, rng: np.random.Generator) -> None:
        files = files_of(path)
        n = len(files)
        indices = {"last": [n - 1], "middle": [n // 2], "even": list(range(0, n, 2))}[place]
        for index in indices:
            files[index].unlink()

    return corrupt


def truncated(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut a file anywhere."""
    return content[: int(rng.integers(0, len(content)))]


def flipped_in_header(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip a bit before the pixels."""
    end = content.rfind(b"\xe0\x7f\x10\x00")
    return _flipped(content, int(rng.integers(0, end + 12)), rng)


def flipped_in_pixels(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip a bit of the pixels."""
    start = content.rfind(b"\xe0\x7f\x10\x00") + 12
    return _flipped(content, int(rng.integers(start, len(content))), rng)


def emptied(content: bytes, rng: np.random.Generator) -> bytes:
    """Leave no byte."""
    return b""


def text(content: bytes, rng: np.random.Generator) -> bytes:
    """Put an error page of a server in place of the file."""
    return b"<html>404</html>\0"


def setting(**values: object) -> Change:
    """Return the change that sets values by keyword."""

    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def removing(keyword: str) -> Change:
    """Return the change that removes an element."""

    def change(dataset: Dataset) -> None:
        delattr(dataset, keyword)

    return change


def shifting(*millimetres: float) -> Change:
    """Return the change that shifts the position of a slice."""

    def change(dataset: Dataset) -> None:
        position = np.array(dataset.ImagePositionPatient, float) + millimetres
        dataset.ImagePositionPatient = position.tolist()

    return change


def transposing(dataset: Dataset) -> None:
    """Swap rows and columns of the pixels, not of the header."""
    plane = dataset.pixel_array.T
    dataset.PixelData = np.ascontiguousarray(plane).tobytes()
    dataset.Rows, dataset.Columns = plane.shape


def shifting_frames(dataset: Dataset) -> None:
    """Shift every second frame of a SEG by a third of a slice."""
    for frame in dataset.PerFrameFunctionalGroupsSequence[::2]:
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        frame.PlanePositionSequence[0].ImagePositionPatient = [
            *position[:2],
            f"{float(position[2]) + 2:.3f}",
        ]


def moving_all_frames(dataset: Dataset) -> None:
    """Shift all frames of a SEG by half a voxel to the left."""
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        x, y, z = map(float, frame.PlanePositionSequence[0].ImagePositionPatient)
        frame.PlanePositionSequence[0].ImagePositionPatient = [x + 2, y, z]


def _edit(file: Path, change: Change) -> None:
    dataset = pydicom.dcmread(file)
    change(dataset)
    dataset.save_as(file)


def _flipped(content: bytes, place: int, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(changed)


def _height(file: Path) -> float:
    return float(pydicom.dcmread(file, stop_before_pixels=True).ImagePositionPatient[2])
