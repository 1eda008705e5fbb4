"""The one look of all figures, and how they become bytes."""

import io
from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK, MUTED, GRID = "#1c2430", "#5b6675", "#dfe4ea"
ACCENT, WARNING = "#0b4f8a", "#8a3b00"
SETTINGS: dict[str, Any] = {
    # With a fixed salt and no date the same figure gives the same bytes.
    "svg.hashsalt": "cirrhosis",
    # Outlines look the same on every machine; fonts of the reader may not.
    "svg.fonttype": "path",
    # Names from data may hold a dollar sign.
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.title_fontsize": 8.5,
    "legend.handlelength": 2.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
PIXELS_PER_INCH = 200


class Look(NamedTuple):
    """How one model is drawn; the lightness differs too, so that grey prints can be read.

    Attributes:
        colour: Of line and marker.
        line: Dashes of the line.
        marker: Of points.
    """

    colour: str
    line: Any
    marker: str


class Figures(NamedTuple):
    """A figure in both formats.

    Attributes:
        svg: For the page and for print.
        png: For slides.
    """

    svg: str
    png: bytes


_LOOKS = {
    "combined": Look("#0b2f5c", "-", "o"),
    "cnn": Look("#c2410c", (0, (5, 1.6)), "s"),
    "clinical": Look("#17a398", (0, (6, 1.5, 1.2, 1.5)), "^"),
    "fib4": Look("#7a5fa8", (0, (1.2, 1.2)), "v"),
    "apri": Look("#9aa3ae", (0, (3, 1.2, 1, 1.2, 1, 1.2)), "P"),
    "reader_1": Look("#1c2430", "-", "D"),
    "reader_2": Look("#b8860b", "-", "X"),
}
_OTHERS = (
    Look("#5b2a86", (0, (8, 2)), "<"),
    Look("#2e7d32", (0, (2, 2)), ">"),
    Look("#ad1457", (0, (4, 1, 1, 1)), "h"),
    Look("#6d4c41", (0, (1, 2)), "p"),
)


def look_of(model: str, at: int = 0) -> Look:
    """Return how a model is drawn; unknown ones take turns by their place `at`."""
    return _LOOKS.get(model, _OTHERS[at % len(_OTHERS)])


def draw(
    width_inch: float,
    height_inch: float,
    paint: Callable[[Figure], None],
    *,
    is_synthetic: bool,
) -> Figures:
    """Return what `paint` puts on a figure, as SVG and PNG.

    The style is in force inside this call only. Files travel without the page, so a
    synthetic cohort is named in the figure too.
    """
    with matplotlib.style.context(["default", SETTINGS]):
        figure = Figure(figsize=(width_inch, height_inch), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        paint(figure)
        if is_synthetic:
            figure.suptitle(
                "SYNTHETIC COHORT", fontsize=7.5, color=WARNING, x=0.99, ha="right", weight="bold"
            )
        _lay_out(figure)
        png, svg = io.BytesIO(), io.StringIO()
        canvas.print_figure(png, dpi=PIXELS_PER_INCH, format="png", metadata={"Software": None})
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas.print_figure(svg, format="svg", metadata=nothing)
    return Figures(svg.getvalue(), png.getvalue())


def _lay_out(figure: Figure) -> None:
    # Once for both formats: it takes longer than drawing, and would give the same again.
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
