"""Sixteen versions of one slice: what an augmentation does, to be looked at before training."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cirrhosis.reporting.house_style import MUTED, SETTINGS, WARNING

COLUMNS = 4
PANEL_INCH = 2.4
HEADING_INCH = 0.5
CAPTION_INCH = 0.2
PIXELS_PER_INCH = 150
OUTLINE = "#ffb000"
PLAIN = {"axes.grid": False, "axes.titlesize": 7.5, "axes.titleweight": "normal"}


class AugmentedSlice(NamedTuple):
    """One panel.

    Attributes:
        image: Intensities in [0, 1], shape (height, width).
        mask: 0 or 1, same shape.
        caption: What was done.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    caption: str


def draw_sheet(slices: Sequence[AugmentedSlice], title: str, *, is_synthetic: bool) -> bytes:
    """Return the panels, four in a row, as PNG.

    Args:
        slices: Panels in the order of reading.
        title: What is shown, one line.
        is_synthetic: Whether a phantom is shown; the sheet says so.
    """
    n_rows = -(-len(slices) // COLUMNS)
    height = n_rows * (PANEL_INCH + CAPTION_INCH) + HEADING_INCH
    with matplotlib.style.context(["default", SETTINGS | PLAIN]):
        figure = Figure(figsize=(COLUMNS * PANEL_INCH, height), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, weight="bold")
        if is_synthetic:
            figure.supxlabel("SYNTHETIC: no patient", x=0.99, ha="right", fontsize=8, color=WARNING)
        for axes in np.ravel(figure.subplots(n_rows, COLUMNS, squeeze=False)):
            axes.set_axis_off()
        for axes, panel in zip(figure.axes, slices, strict=False):
            _paint(axes, panel)
        png = io.BytesIO()
        canvas.print_figure(png, dpi=PIXELS_PER_INCH, format="png", metadata={"Software": None})
    return png.getvalue()


def _paint(axes: Axes, panel: AugmentedSlice) -> None:
    axes.imshow(panel.image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    # An empty mask has no outline, and asking for one warns.
    if panel.mask.min() < panel.mask.max():
        axes.contour(panel.mask, levels=[0.5], colors=OUTLINE, linewidths=0.8)
    axes.set_title(panel.caption, loc="left", color=MUTED)
