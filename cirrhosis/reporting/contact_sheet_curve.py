"""The area of the liver over its slices, with the chosen ones marked."""

from typing import NamedTuple

from cirrhosis.reporting.contact_sheet_canvas import Accent, Canvas

LABELS = 34  # pixels, of the area's scale
TITLE = 18
GREY, AXIS = 90, 70
BOTTOM = 16


class AreaCurve(NamedTuple):
    """A liver's profile.

    Attributes:
        areas_cm2: Of each slice of the volume, from foot to head.
        chosen: Indices of the chosen slices.
        largest: Index of the largest section.
    """

    areas_cm2: tuple[float, ...]
    chosen: tuple[int, ...]
    largest: int


def draw_curve(
    canvas: Canvas, curve: AreaCurve, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    """Draw a bar per slice; chosen ones in amber with their index.

    Args:
        canvas: Where.
        curve: What.
        corner: Upper left, (down, right).
        size: Height and width.
    """
    (down, right), (height, width) = corner, size
    canvas.write(
        "liver area over slices, foot to head; chosen in colour, the largest in blue",
        (down, right),
        grey=165,
    )
    top, left = down + TITLE, right + LABELS
    room = height - TITLE - BOTTOM
    peak = max(max(curve.areas_cm2), 1e-9)
    canvas.write(f"{peak:.0f}", (top - 4, right), grey=165)
    canvas.write("cm2", (top + 12, right), grey=165)
    step = (width - LABELS) / len(curve.areas_cm2)
    canvas.fill_grey((top + room, left), (1, width - LABELS), AXIS)
    labelled = left - 99
    for index, area in enumerate(curve.areas_cm2):
        bar = round(room * area / peak)
        place = (top + room - bar, left + int(index * step))
        shape = (bar, max(1, int((index + 1) * step) - int(index * step) - 1))
        if index not in curve.chosen:
            canvas.fill_grey(place, shape, GREY)
            continue
        accent = Accent.BLUE if index == curve.largest else Accent.AMBER
        canvas.fill(place, (max(2, bar), shape[1]), accent)
        # Numbers of thin neighbours would lie on each other.
        if place[1] - labelled >= 18:
            canvas.write(str(index), (top + room + 2, place[1]), grey=200)
            labelled = place[1]
