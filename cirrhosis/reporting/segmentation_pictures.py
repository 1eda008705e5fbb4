"""Where a model's liver and an expert's part: slices with both outlines."""

import io
from typing import NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cirrhosis.reporting.house_style import SETTINGS, WARNING

PANEL_INCH = 2.6
HEADING_INCH = 0.6
PIXELS_PER_INCH = 120
EXPERT, MODEL = "#00b4ff", "#ffb000"
PLAIN = {"axes.grid": False, "axes.titlesize": 8, "axes.titleweight": "normal"}


class OutlinedCase(NamedTuple):
    """A volume with two masks on its grid.

    Attributes:
        image: Intensities, shape (z, y, x), LPS with z from foot to head.
        expert: Above 0 inside, same shape.
        model: The same of the model.
        spacing_mm: Distances along (z, y, x).
        title: What is shown, one line.
    """

    image: NDArray[np.float32]
    expert: NDArray[np.uint8]
    model: NDArray[np.uint8]
    spacing_mm: tuple[float, float, float]
    title: str


def draw_case(case: OutlinedCase, *, n_slices: int = 5, is_synthetic: bool = False) -> bytes:
    """Return the slices on which the two differ most, from foot to head, as PNG.

    Args:
        case: What is drawn.
        n_slices: Panels.
        is_synthetic: Whether a phantom is shown; the picture says so.
    """
    shown = choose_slices(case, n_slices)
    size = (len(shown) * PANEL_INCH, PANEL_INCH + HEADING_INCH)
    with matplotlib.style.context(["default", SETTINGS | PLAIN]):
        figure = Figure(figsize=size, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        legend = "outlines: blue the expert, orange the model"
        figure.suptitle(f"{case.title}; {legend}", x=0.01, ha="left", fontsize=9, weight="bold")
        if is_synthetic:
            figure.supxlabel("SYNTHETIC: no patient", x=0.99, ha="right", fontsize=8, color=WARNING)
        ceiling = float(np.percentile(case.image, 99.5))
        panels = np.ravel(figure.subplots(1, len(shown), squeeze=False))
        for axes, number in zip(panels, shown, strict=True):
            _paint(axes, case, number, ceiling)
        png = io.BytesIO()
        canvas.print_figure(png, dpi=PIXELS_PER_INCH, format="png", metadata={"Software": None})
    return png.getvalue()


def choose_slices(case: OutlinedCase, n_slices: int) -> list[int]:
    """Return the slices with most voxels in one mask alone, rising."""
    differing = np.count_nonzero((case.expert > 0) != (case.model > 0), axis=(1, 2))
    order = np.argsort(-differing, kind="stable")[:n_slices]
    return sorted(int(number) for number in order)


def _paint(axes: Axes, case: OutlinedCase, number: int, ceiling: float) -> None:
    axes.set_axis_off()
    aspect = case.spacing_mm[1] / case.spacing_mm[2]
    # LPS: rows run to the back and columns to the patient's left, as radiologists look at it.
    axes.imshow(case.image[number], cmap="gray", vmin=0, vmax=ceiling, aspect=aspect)
    for mask, colour in ((case.expert, EXPERT), (case.model, MODEL)):
        if (mask[number] > 0).any():
            axes.contour(mask[number] > 0, levels=[0.5], colors=[colour], linewidths=0.9)
    n_both = np.count_nonzero((case.expert[number] > 0) & (case.model[number] > 0))
    n_sum = np.count_nonzero(case.expert[number]) + np.count_nonzero(case.model[number])
    dice = f"Dice {2 * n_both / n_sum:.2f}" if n_sum else "no liver"
    axes.set_title(f"slice {number}, {dice}")
