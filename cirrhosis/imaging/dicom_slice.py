"""One slice of a volume by its header: where it lies, or why it can be no slice."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_header import Header, pixel_fault

# Cosines that differ by less turn no voxel of an abdomen by more than about half a millimetre.
AXIS_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Slice:
    """A slice in patient space.

    Attributes:
        header: Of its file.
        rows: Pixels downwards.
        columns: Pixels across.
        position_mm: LPS position (x, y, z) of the centre of the first pixel.
        along_row: Unit vector along a row.
        along_column: Unit vector along a column.
        pixel_mm: Distance of rows and of columns.
    """

    header: Header
    rows: int
    columns: int
    position_mm: Array
    along_row: Array
    along_column: Array
    pixel_mm: tuple[float, float]

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.header.file

    @property
    def normal(self) -> Array:
        """Unit vector across the slice."""
        return np.cross(self.along_row, self.along_column)


def kind_fault(header: Header, modalities: tuple[str, ...]) -> str:
    """Return why a sound file is no slice of a volume; empty if it may be one.

    Args:
        header: Of the file.
        modalities: That may be read; empty for all.
    """
    tags = header.tags
    modality = value.text(tags, "Modality")
    if modalities and modality not in modalities:
        return f"is of modality '{modality}', not {' or '.join(modalities)}"
    if not value.whole(tags, "Rows") or not value.whole(tags, "Columns"):
        return "holds no image"
    if (value.whole(tags, "SamplesPerPixel") or 1) != 1:
        return "is a colour image; export the original images"
    if (value.whole(tags, "NumberOfFrames") or 1) != 1:
        return (
            "holds several frames in one file (Enhanced MR), which is not read; export the series"
            " as classic MR images, one file per slice, or convert it to NIfTI"
        )
    return ""


def slice_of(header: Header) -> Slice:
    """Return the slice of a file.

    Raises:
        ContractError: With the reason alone, if its header or its size is wrong.
    """
    tags = header.tags
    position = value.numbers(tags, "ImagePositionPatient", 3)
    cosines = value.numbers(tags, "ImageOrientationPatient", 6)
    spacing = value.numbers(tags, "PixelSpacing", 2)
    if position is None or cosines is None or spacing is None:
        raise ContractError(
            "the header lacks its position, orientation or pixel spacing, so it is a picture or"
            " damaged; export the original images"
        )
    if min(spacing) <= 0:
        raise ContractError(
            f"expected a positive pixel spacing, but it is {spacing[0]:g}, {spacing[1]:g} mm;"
            " export the images anew"
        )
    fault = pixel_fault(header)
    if fault:
        raise ContractError(f"{fault}; copy it again from its source")
    row, column = _axes(cosines)
    rows, columns = value.whole(tags, "Rows") or 0, value.whole(tags, "Columns") or 0
    return Slice(header, rows, columns, np.array(position), row, column, (spacing[0], spacing[1]))


def _axes(cosines: tuple[float, ...]) -> tuple[Array, Array]:
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    is_unit = np.allclose(lengths, 1, atol=AXIS_TOLERANCE)
    if not is_unit or abs(float(row @ column)) > AXIS_TOLERANCE:
        raise ContractError(
            "expected an orientation of two unit vectors at right angles, but it is"
            f" {', '.join(f'{cosine:.4g}' for cosine in cosines)}; export the images anew"
        )
    return row / lengths[0], column / lengths[1]
