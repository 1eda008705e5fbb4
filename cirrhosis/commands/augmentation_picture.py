"""The picture of an augmentation: a slice as it is, and fifteen times as training may see it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator

from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.places import store_folder
from cirrhosis.contracts.files import whole_file
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.store import StoreLayout, read_manifest, read_slices
from cirrhosis.contracts.volume import Array
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.augmentation_draw import AugmentationDraw, draw_augmentation
from cirrhosis.imaging.intensities import IntensitySettings, prepare_intensities
from cirrhosis.imaging.resizing import pad_to_square, resize_nearest
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_cohort import make_plans
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.examination import examine
from cirrhosis.phantom.severity import make_severity
from cirrhosis.reporting.augmentation_sheet import AugmentedSlice, draw_sheet

N_VERSIONS = 15
# Of the phantom: enough voxels to see what bending does.
PHANTOM = DigitalSettings(n_patients=8, seed=1, in_plane_voxels=192, n_slices=16)
PHANTOM_SIZE = 256


class Shown(NamedTuple):
    """The slice of the picture.

    Attributes:
        image: In [0, 1], shape (height, width).
        mask: 0 or 1, same shape.
        source: Where it comes from.
        is_synthetic: Whether no patient was examined.
    """

    image: Array
    mask: Array
    source: str
    is_synthetic: bool


def write_picture(values: Mapping[str, Any], *, needs_store: bool) -> Path:
    """Write the picture of the augmentation below `paths.root` and return its path.

    Args:
        values: The configuration.
        needs_store: Whether the store was asked for by name; else a drawn abdomen is shown
            where there is none.

    Raises:
        ContractError: If there is no such store, or a setting is refused.
    """
    settings = build_settings(AugmentationSettings, values["augmentation"], "augmentation")
    folder = store_folder(values)
    is_there = needs_store or StoreLayout(folder).manifest.exists()
    shown = _read_slice(folder) if is_there else _draw_slice()
    panels = _augment(shown, settings, seed_of(values["seed"], "augmentation picture"))
    title = f"Augmentation of {shown.source}; + turns clockwise"
    png = draw_sheet(panels, title, is_synthetic=shown.is_synthetic)
    path = Path(values["paths"]["root"]).absolute() / "augmentation.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_bytes(png)
    return path


def _read_slice(folder: Path) -> Shown:
    manifest = read_manifest(folder)
    patient, sequence = sorted(manifest.patients)[0], manifest.sequences[0]
    slices = read_slices(StoreLayout(folder).slices(patient), [sequence])
    middle = len(slices.mask) // 2
    source = f"{sequence} of {patient} in the store '{manifest.name}'"
    return Shown(slices.images[sequence][middle], slices.mask[middle], source, manifest.synthetic)


def _draw_slice() -> Shown:
    severity = make_severity(PHANTOM.n_patients, PHANTOM.seed, signal=PHANTOM.signal)
    plan = make_plans(make_clinical_table(severity, PHANTOM), severity, PHANTOM)[0]
    scan = next(scan for scan in examine(plan, PHANTOM) if scan.sequence == "pvp")
    # This sequence runs to the left, to the back and upwards: (x, y, z).
    middle = int(scan.liver_mask.sum(axis=(0, 1)).argmax())
    plane, liver = (voxels[:, :, middle].T[None] for voxels in (scan.volume, scan.liver_mask))
    settings = IntensitySettings(image_size=PHANTOM_SIZE)
    ceiling = float(np.percentile(scan.volume, settings.clip_percentile))
    image = prepare_intensities(plane.astype(np.float32), ceiling, settings=settings)[0]
    mask = resize_nearest(pad_to_square(liver), PHANTOM_SIZE)[0]
    return Shown(image, mask, "a drawn abdomen", is_synthetic=True)


def _augment(shown: Shown, settings: AugmentationSettings, seed: int) -> list[AugmentedSlice]:
    image, mask = (torch.from_numpy(np.asarray(plane)).float() for plane in shown[:2])
    images, masks = BatchAugmentation(settings)(
        image.expand(N_VERSIONS, 1, 1, -1, -1),
        mask.expand(N_VERSIONS, 1, -1, -1),
        generator=Generator().manual_seed(seed),
    )
    draw = draw_augmentation(settings, N_VERSIONS, 1, Generator().manual_seed(seed))
    panels = [AugmentedSlice(image.numpy(), mask.numpy(), "as it is")]
    for number in range(N_VERSIONS):
        moved = masks[number, 0].numpy() if masks is not None else mask.numpy()
        panels.append(AugmentedSlice(images[number, 0, 0].numpy(), moved, _name(draw, number)))
    return panels


def _name(draw: AugmentationDraw, number: int) -> str:
    angle, zoom = float(draw.angle[number].rad2deg()), float(draw.zoom[number])
    gamma, noise = float(draw.gamma[number]), float(draw.noise_std[number])
    done = {
        f"{angle:+.0f}°": angle != 0,
        f"zoom {zoom:.2f}": zoom != 1,
        "bent": bool(draw.control[number].any()),
        f"gamma {gamma:.2f}": gamma != 1,
        f"noise {noise:.3f}": noise != 0,
    }
    return ", ".join(words for words, is_done in done.items() if is_done) or "nothing drawn"
