"""The patient flow as boxes: whole table, exclusions, and one column per split."""

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import name_split, order_splits
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import ACCENT, INK, MUTED, draw
from cirrhosis.reporting.number_text import MINUS, format_count
from cirrhosis.reporting.table_view import list_rows

ALL = "all"
LINE_INCH, GAP_INCH, WIDTH_INCH = 0.165, 0.30, 7.4
FONT_SIZE = 8
Row = dict[str, Any]


class _Box(NamedTuple):
    """A box: its horizontal middle and width in parts of the figure, its lines of text."""

    x: float
    width: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return LINE_INCH * len(self.lines) + 0.14


def draw_flow(flow: pd.DataFrame, *, is_synthetic: bool) -> Drawing:
    """Return the figure.

    Args:
        flow: Rows of `flow.csv`: `step`, `kind`, `split`, `excluded`, `remaining`,
            `n_positive`.
        is_synthetic: Whether the figure says so.
    """
    start, exclusions, included = _read_whole(flow)
    splits = order_splits(flow.loc[(flow["kind"] == "split") & (flow["split"] != ALL), "split"])
    columns = [_read_split(flow, split) for split in splits]
    trunk = (
        _Box(0.28, 0.40, start),
        _Box(0.75, 0.46, exclusions),
        _Box(0.28, 0.40, included),
    )
    levels = [
        [_place(at, len(splits), lines[level]) for at, lines in enumerate(columns)]
        for level in range(3)
    ]
    heights = [box.height for box in trunk] + [max(b.height for b in level) for level in levels]
    # Half a gap on both sides of the exclusions, and one above each level.
    height = sum(heights) + GAP_INCH * 4 + 0.1

    def paint(figure: Figure) -> None:
        # Boxes are placed in inches; nothing is left to lay out.
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(0, 1), ylim=(height, -0.3))
        axes.axis("off")
        _draw(axes, trunk, levels)

    listed = ". ".join(" ".join(lines) for lines in (start, exclusions, included))
    parts = ". ".join(" ".join(line for level in lines for line in level) for lines in columns)
    return Drawing(
        name="patient_flow",
        title="Patient flow",
        alt=f"Patient flow. {listed}. {parts}.",
        caption=(
            "Each excluded patient is counted under the first rule that applies; rules that"
            " excluded nobody are named together. Positive: patients with the label."
        ),
        figures=draw(WIDTH_INCH, height + 0.3, paint, is_synthetic=is_synthetic),
    )


def _read_whole(flow: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    rows = list_rows(flow[flow["split"] == ALL])
    start = next(row for row in rows if row["kind"] == "start")
    rules = [row for row in rows if row["kind"] == "exclusion"]
    included = next(row for row in rows if row["kind"] == "split")
    excluded = sum(int(row["excluded"]) for row in rules)
    lines = [f"Excluded: {excluded}"]
    lines += [f"{row['step']}: {format_count(row['excluded'])}" for row in rules if row["excluded"]]
    lines += _fold_idle([str(row["step"]) for row in rules if not row["excluded"]])
    return (
        (f"In the table: {_count(start)}",),
        tuple(lines),
        (f"Included: {_count(included)}",),
    )


def _fold_idle(rules: list[str], *, width: int = 52) -> list[str]:
    """Return the rules that excluded nobody, broken into lines."""
    if not rules:
        return []
    lines, line = [], "Nobody:"
    for at, rule in enumerate(rules):
        word = f" {rule}{',' if at < len(rules) - 1 else ''}"
        if len(line) + len(word) > width:
            lines.append(line)
            line = "   "
        line += word
    return [*lines, line]


def _read_split(flow: pd.DataFrame, split: str) -> list[tuple[str, ...]]:
    rows = list_rows(flow[flow["split"] == split])
    begins = next(row for row in rows if row["kind"] == "split")
    ends = next(row for row in rows if row["kind"] == "analysed")
    losses = [row for row in rows if row["kind"] == "loss" and row["excluded"]]
    lost = [f"{MINUS}{format_count(row['excluded'])} {row['step']}" for row in losses]
    return [
        (name_split(split), _count(begins)),
        tuple(lost) or ("No loss",),
        (f"Analysed: {format_count(ends['remaining'])}", _count_positive(ends)),
    ]


def _count(row: Row) -> str:
    return f"{format_count(row['remaining'])}, {_count_positive(row)}"


def _count_positive(row: Row) -> str:
    return f"{format_count(row['n_positive'])} positive"


def _place(at: int, n: int, lines: tuple[str, ...]) -> _Box:
    return _Box((at + 0.5) / n, min(0.94 / n, 0.40), tuple(_wrap(lines, characters=96 // n)))


def _wrap(lines: tuple[str, ...], *, characters: int) -> list[str]:
    wrapped = []
    for line in lines:
        words, current = line.split(), ""
        for word in words:
            if current and len(current) + len(word) + 1 > characters:
                wrapped.append(current)
                current = word
            else:
                current = f"{current} {word}".strip()
        wrapped.append(current)
    return wrapped


def _draw(axes: Axes, trunk: tuple[_Box, ...], levels: list[list[_Box]]) -> None:
    start, aside, included = trunk
    y = 0.0
    start_end = _draw_box(axes, start, y, is_bold=True)
    aside_top = start_end + GAP_INCH / 2
    aside_end = _draw_box(axes, aside, aside_top)
    included_top = aside_end + GAP_INCH / 2
    middle = aside_top + aside.height / 2
    _arrow(axes, (start.x, start_end), (start.x, included_top))
    _arrow(axes, (start.x, middle), (aside.x - aside.width / 2, middle))
    y = _draw_box(axes, included, included_top, is_bold=True)
    rail = y + GAP_INCH / 2
    boxes = levels[0]
    axes.plot([included.x, included.x], [y, rail], color=MUTED, lw=1)
    axes.plot([boxes[0].x, max(boxes[-1].x, included.x)], [rail, rail], color=MUTED, lw=1)
    top = y + GAP_INCH
    above = dict.fromkeys((box.x for box in boxes), rail)
    for depth, level in enumerate(levels):
        bottom = top + max(box.height for box in level)
        for box in level:
            _arrow(axes, (box.x, above[box.x]), (box.x, top))
            above[box.x] = _draw_box(axes, box, top, is_bold=depth != 1)
        top = bottom + GAP_INCH


def _draw_box(axes: Axes, box: _Box, top: float, *, is_bold: bool = False) -> float:
    left, right = box.x - box.width / 2, box.x + box.width / 2
    bottom = top + box.height
    axes.fill_between([left, right], top, bottom, facecolor="white", edgecolor=ACCENT, lw=1)
    for at, line in enumerate(box.lines):
        axes.text(
            left + 0.012,
            top + 0.07 + LINE_INCH * (at + 0.5),
            line,
            verticalalignment="center",
            fontsize=FONT_SIZE,
            color=INK,
            weight="bold" if is_bold and at == 0 else "normal",
        )
    return bottom


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
