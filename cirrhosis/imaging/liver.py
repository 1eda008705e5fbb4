"""The liver of a volume: one mask on the volume's grid, from files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.volume import Array, LiverMask, Volume
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.mask_reading import read_labels_on


@dataclass(frozen=True)
class FileLiverSegmenter:
    """Give the mask that `volumes.csv` names; fits `LiverSegmenter`."""

    settings: LiverSettings

    def identify(self, patient_id: str) -> str:
        """Return nothing: the mask file is hashed by itself."""
        return ""

    def __call__(self, volume: Volume, *, patient_id: str, mask_path: Path | None) -> LiverMask:
        """Return the mask on the grid of `volume`.

        Raises:
            ContractError: If no mask is named, the file is absent or damaged, it lies on
                another grid, or nothing in it is liver.
        """
        if mask_path is None:
            raise ContractError(
                "expected a liver mask for the fixed sequence, but volumes.csv names none; fill"
                " in `liver_mask_path`, or choose a segmenter with `liver.source`"
            )
        labels = read_labels_on(volume, mask_path, self.settings.label)
        inside = self._select(labels.array, mask_path)
        if self.settings.largest_component:
            inside = keep_largest(inside)
        return LiverMask(like(volume, inside.astype(np.uint8)), self.settings.source)

    def _select(self, labels: Array, mask_path: Path) -> Array:
        label = self.settings.label
        inside: Array = labels > 0 if label is None else labels == label
        if not inside.any():
            found = first(f"{value:g}" for value in np.unique(labels))
            wanted = "above 0" if label is None else f"of {label}"
            raise ContractError(
                f"{mask_path}: expected voxels {wanted} for the liver, but found only the"
                f" values {found}; correct the mask or `liver.label`"
            )
        return inside


def keep_largest(mask: Array) -> Array:
    """Return the largest part of `mask` whose voxels share faces."""
    parts = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)))
    # Relabelling orders the parts by size, the largest first.
    largest = sitk.RelabelComponent(parts, sortByObjectSize=True) == 1
    return sitk.GetArrayFromImage(largest).astype(bool)
