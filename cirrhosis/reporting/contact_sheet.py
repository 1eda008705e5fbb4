"""What was prepared of a patient on one picture: slices, liver outline, areas, decision.

A cohort has a thousand of them, so pixels are painted by numpy and Pillow; a drawing library
takes twenty times as long.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.reporting.contact_sheet_canvas import Accent, Canvas
from cirrhosis.reporting.contact_sheet_curve import AreaCurve, draw_curve
from cirrhosis.reporting.contact_sheet_tile import Frame, find_frame, paint_slice

SYNTHETIC = "SYNTHETIC: no patient"
MARGIN, GAP = 12, 4
HEADING, LINE = 20, 15  # pixels of type
CURVE_HEIGHT = 92
# Width of a slice and number of greys, until the picture is small enough.
QUALITIES = ((184, 48), (184, 32), (160, 32), (128, 24), (96, 16), (72, 12))
MAX_BYTES = 200_000
ACCENTS = {"keep": Accent.GREEN, "flag": Accent.AMBER, "exclude": Accent.RED}
WORDS = {"keep": "KEPT", "flag": "KEPT, FLAGGED", "exclude": "EXCLUDED"}
MAX_REASONS = 6


class SheetRow(NamedTuple):
    """One sequence.

    Attributes:
        sequence: Its name.
        note: How it was aligned and what is doubtful, one line.
        images: Slices from foot to head, float16 in [0, 1], shape (slices, height, width).
        mask: Liver, uint8, same shape.
        indices: Number of each slice in its volume.
    """

    sequence: str
    note: str
    images: NDArray[np.float16]
    mask: NDArray[np.uint8]
    indices: tuple[int, ...]


class Sheet(NamedTuple):
    """One patient.

    Attributes:
        patient_id: Of the patient.
        decision: `keep`, `flag` or `exclude`.
        reasons: Why, one line each.
        facts: What was measured of the liver, one line.
        rows: Sequences, the fixed one first.
        curve: Area over slices; None where the mask is not there.
        is_synthetic: Whether it is a phantom.
    """

    patient_id: str
    decision: str
    reasons: tuple[str, ...]
    facts: str
    rows: tuple[SheetRow, ...]
    curve: AreaCurve | None
    is_synthetic: bool


def draw_contact_sheet(sheet: Sheet, key: str) -> bytes:
    """Return the sheet as PNG, below 200 kB but for dozens of sequences.

    Args:
        sheet: What to show.
        key: Written into the file, to know it again.
    """
    frame = find_frame([row.images for row in sheet.rows], [row.mask for row in sheet.rows])
    for width, n_greys in QUALITIES:
        png = _paint(sheet, frame, width).encode(n_greys, key)
        if len(png) <= MAX_BYTES:
            break
    return png


def _paint(sheet: Sheet, frame: Frame, width: int) -> Canvas:
    n_slices = max(len(row.images) for row in sheet.rows)
    height = frame.height_of(width)
    lines = _wrap_reasons(sheet.reasons)
    top = MARGIN + HEADING + 6 + LINE * (1 + len(lines)) + 8
    row_height = LINE + 4 + height + 10
    below = CURVE_HEIGHT if sheet.curve else 0
    canvas = Canvas(
        height=top + len(sheet.rows) * row_height + below + MARGIN,
        width=2 * MARGIN + n_slices * width + (n_slices - 1) * GAP,
    )
    _paint_heading(canvas, sheet, lines)
    for number, row in enumerate(sheet.rows):
        _paint_row(canvas, row, frame, (top + number * row_height, width))
    if sheet.curve:
        corner = (top + len(sheet.rows) * row_height, MARGIN)
        draw_curve(canvas, sheet.curve, corner, (CURVE_HEIGHT, canvas.width - 2 * MARGIN))
    return canvas


def _wrap_reasons(reasons: tuple[str, ...]) -> list[str]:
    more = len(reasons) - MAX_REASONS
    return [*reasons[:MAX_REASONS], *([f"and {more} more: qc.csv"] if more > 0 else [])]


def _paint_heading(canvas: Canvas, sheet: Sheet, lines: list[str]) -> None:
    accent = ACCENTS.get(sheet.decision, Accent.AMBER)
    end = canvas.write(sheet.patient_id, (MARGIN, MARGIN), size=HEADING)
    word = WORDS.get(sheet.decision, sheet.decision.upper())
    canvas.write(word, (MARGIN, end + 14), size=HEADING, accent=accent)
    if sheet.is_synthetic:
        canvas.write_right(SYNTHETIC, (MARGIN, canvas.width - MARGIN), size=LINE)
    down = MARGIN + HEADING + 6
    canvas.write(sheet.facts, (down, MARGIN), grey=190)
    for number, line in enumerate(lines, start=1):
        canvas.write(line, (down + number * LINE, MARGIN), accent=accent)


def _paint_row(canvas: Canvas, row: SheetRow, frame: Frame, place: tuple[int, int]) -> None:
    """Paint the slices of a sequence side by side, foot to the left."""
    down, width = place
    end = canvas.write(row.sequence, (down, MARGIN), size=LINE)
    canvas.write(row.note, (down, end + 12), grey=165)
    down += LINE + 4
    for number, index in enumerate(row.indices):
        right = MARGIN + number * (width + GAP)
        grey, outline = paint_slice(row.images[number], row.mask[number], frame, width)
        canvas.paste(grey, outline, (down, right))
        canvas.write(str(index), (down + 2, right + 4), on_black=True)
    # Axes run from the patient's right to left.
    canvas.write("R", (down + frame.height_of(width) - LINE - 2, MARGIN + 4), on_black=True)
