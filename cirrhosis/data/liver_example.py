"""One volume with its liver, as the segmenter learns from it."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class LiverExample:
    """A volume in memory.

    Attributes:
        patient_id: Of the patient.
        sequence: Of the volume.
        image: float32, shape (z, y, x), mean 0 and deviation 1.
        liver: uint8, 1 inside the liver, same shape.
    """

    patient_id: str
    sequence: str
    image: Tensor
    liver: Tensor


def surround(example: LiverExample, window: tuple[int, int, int]) -> LiverExample:
    """Return the example padded on both sides with its smallest value to at least `window`."""
    missing = [max(0, want - has) for want, has in zip(window, example.image.shape, strict=True)]
    if not any(missing):
        return example
    depth, rows, columns = missing
    padding = tuple(
        part for total in (columns, rows, depth) for part in (total // 2, total - total // 2)
    )
    return LiverExample(
        example.patient_id,
        example.sequence,
        functional.pad(example.image, padding, value=float(example.image.min())),
        functional.pad(example.liver, padding, value=0),
    )
