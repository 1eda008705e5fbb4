"""Read, orient, resample, resize: by the product's functions and by MONAI's transforms."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from monai.transforms import (
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    Orientationd,
    Resized,
    Spacingd,
)

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.resampling import resample_planes, resample_volume
from cirrhosis.imaging.resizing import resize_linear
from cirrhosis.imaging.rigid import IDENTITY

SIZE = 512
SPACING_MM = (5.0, 1.5, 1.5)  # (z, y, x) of the grid that both resample to
FIVE = (0.3, 0.4, 0.5, 0.6, 0.7)  # places of five planes between foot and head


def time_shared_part(images: list[Path], *, rounds: int) -> list[dict[str, object]]:
    """Time each way on each volume; ways take turns, in the opposite order every other time.

    Every figure is seconds of the processor in one process with one thread, so that other
    work on the machine does not enter. A first round warms up and is not counted.

    Args:
        images: Real volumes.
        rounds: Counted ones.
    """
    torch.set_num_threads(1)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    ways: dict[str, Callable[[Path], object]] = {
        "product_volume": prepare_volume,
        "monai_volume": make_monai(),
        "product_five_planes": prepare_five,
    }
    rows: list[dict[str, object]] = []
    for number in range(rounds + 1):
        for place, image in enumerate(images):
            order = list(ways) if (number + place) % 2 else list(ways)[::-1]
            seconds = {name: _seconds(ways[name], image) for name in order}
            if number:
                rows.append({"volume": image.name, "round": number, **seconds})
        print(f"shared part: round {number} of {rounds}", flush=True)
    return rows


def prepare_volume(path: Path) -> np.ndarray:
    """Read, turn to LPS, resample the whole volume, resize every plane, as float32."""
    volume = read_volume(path)
    moved = resample_volume(volume, grid_like(volume), IDENTITY)
    return resize_linear(moved.array, SIZE, antialias=False)


def prepare_five(path: Path) -> np.ndarray:
    """Do what `prepare` does: only the five chosen planes are resampled and resized."""
    volume = read_volume(path)
    fixed = grid_like(volume)
    indices = [int(share * len(fixed.array)) for share in FIVE]
    return resize_linear(resample_planes(volume, fixed, IDENTITY, indices), SIZE, antialias=False)


def make_monai() -> Callable[[Path], torch.Tensor]:
    """Return MONAI's own pipeline to the same spacing and size, linear, as float32."""
    pipeline = Compose(
        [
            LoadImaged("image"),
            EnsureChannelFirstd("image"),
            Orientationd("image", axcodes="LPS", labels=None),
            Spacingd("image", pixdim=SPACING_MM[::-1], mode="bilinear"),
            Resized("image", spatial_size=(SIZE, SIZE, -1), mode="trilinear"),
        ]
    )
    return lambda path: pipeline({"image": str(path)})["image"]


def grid_like(volume: Volume) -> Volume:
    """Return an empty grid of the common spacing over the same field of view."""
    extent = (np.array(volume.array.shape) - 1) * volume.spacing_mm
    shape = np.floor(extent / SPACING_MM + 0.5).astype(int) + 1
    empty = like(volume, np.broadcast_to(np.float32(0), shape))
    return Volume(empty.array, SPACING_MM, volume.origin_mm, volume.direction)


def compare(image: Path) -> float:
    """Return the correlation of both results, which shows that they do the same."""
    ours = prepare_volume(image)
    # MONAI's axes are (x, y, z), and its x and y ascend as LPS says.
    theirs = np.asarray(make_monai()(image))[0].transpose(2, 1, 0)
    n = min(len(ours), len(theirs))
    return float(np.corrcoef(ours[:n].ravel(), theirs[:n].ravel())[0, 1])


def _seconds(way: Callable[[Path], object], image: Path) -> float:
    begun = time.process_time()
    way(image)
    return time.process_time() - begun
