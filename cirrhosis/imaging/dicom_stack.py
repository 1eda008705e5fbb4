"""Slices as a stack with even spacing along their normal, or the reason why they are none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_groups import places_of
from cirrhosis.imaging.dicom_slice import Slice

# A gap may differ from the usual one by this share, or by this many millimetres if more.
GAP_TOLERANCE, GAP_TOLERANCE_MM = 0.01, 0.05
# How far a slice may lie beside the line along the normal.
SHIFT_TOLERANCE_MM = 0.5
AXES = ("sagittal", "coronal", "axial")


@dataclass(frozen=True)
class Stack:
    """A volume before its pixels are read.

    Attributes:
        slices: From foot to head (coronal: front to back, sagittal: right to left).
        spacing_mm: Distance of slices, rows and columns.
        direction: Cosines as columns for columns, rows and slices, shape (3, 3); left-handed
            where the slices run against their normal.
    """

    slices: tuple[Slice, ...]
    spacing_mm: tuple[float, float, float]
    direction: Array

    @property
    def orientation(self) -> str:
        """The nearest of axial, coronal and sagittal."""
        return AXES[int(np.abs(self.direction[:, 2]).argmax())]

    @property
    def origin_mm(self) -> Array:
        """LPS position of the first voxel."""
        return self.slices[0].position_mm


def stack_of(slices: Sequence[Slice]) -> Stack:
    """Return the slices sorted along their normal.

    Raises:
        ContractError: With the reason alone, if they are no even stack.
    """
    if len(slices) < 2:
        raise ContractError("a single slice is no volume")
    normal = slices[0].normal
    # Towards the head, the back or the left, whichever the normal is nearest to.
    normal = normal * np.sign(normal[np.abs(normal).argmax()])
    ordered = sorted(slices, key=lambda one: float(one.position_mm @ normal))
    _check_repeats(slices)
    along = np.array([float(one.position_mm @ normal) for one in ordered])
    gaps = np.diff(along)
    _check_gaps(gaps, along)
    spacing = float(gaps.mean())
    _check_shift(ordered, normal)
    _check_stated(ordered, spacing)
    direction = np.stack([slices[0].along_row, slices[0].along_column, normal], axis=1)
    rows_mm, columns_mm = ordered[0].pixel_mm
    return Stack(tuple(ordered), (spacing, rows_mm, columns_mm), direction)


def _check_repeats(slices: Sequence[Slice]) -> None:
    counts = np.bincount(places_of(slices))
    if counts.max() > 1:
        raise ContractError(
            f"{len(slices)} slices lie at {len(counts)} positions, up to {counts.max()} at one,"
            f" and {counts.min()} at another, and neither temporal position, acquisition number,"
            " times nor instance numbers tell which belong together; export the phases as series"
            " of their own"
        )


def _check_gaps(gaps: Array, along: Array) -> None:
    usual = float(np.median(gaps))
    wrong = np.abs(gaps - usual) > max(GAP_TOLERANCE * usual, GAP_TOLERANCE_MM)
    if not wrong.any():
        return
    first = int(wrong.argmax())
    missing = round(float(gaps[first]) / usual) - 1
    guess = f", as if {missing} slices were missing" if missing > 0 else ""
    raise ContractError(
        f"expected slices {usual:.3f} mm apart, but {int(wrong.sum())} of {len(gaps)} gaps differ:"
        f" {gaps[first]:.3f} mm between slices {first + 1} and {first + 2} (at {along[first]:.2f}"
        f" and {along[first + 1]:.2f} mm){guess}; export the series whole"
    )


def _check_shift(ordered: Sequence[Slice], normal: Array) -> None:
    offsets = np.array([one.position_mm - ordered[0].position_mm for one in ordered])
    beside = np.linalg.norm(offsets - np.outer(offsets @ normal, normal), axis=1)
    if beside.max() > SHIFT_TOLERANCE_MM:
        raise ContractError(
            f"expected slices above each other, but slice {int(beside.argmax()) + 1} is shifted"
            f" sideways by {beside.max():.2f} mm; resample the series to an orthogonal grid"
        )


def _check_stated(ordered: Sequence[Slice], spacing: float) -> None:
    stated = {value.number(one.header.tags, "SpacingBetweenSlices") for one in ordered}
    tolerance = max(GAP_TOLERANCE * spacing, GAP_TOLERANCE_MM)
    wrong = [one for one in stated if one and abs(abs(one) - spacing) > tolerance]
    if wrong:
        raise ContractError(
            f"the positions are {spacing:.3f} mm apart, but the header states a spacing between"
            f" slices of {wrong[0]:g} mm, so slices are missing or the header is wrong; export the"
            " series whole"
        )
