"""Figures: what is drawn is what the tables say."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import label_rows
from cirrhosis.reporting.house_style import draw, look_of
from cirrhosis.reporting.roc_figure import draw_roc


def test_style_does_not_leave_the_figure() -> None:
    before = dict(mpl.rcParams)
    draw(2, 2, _paint, is_synthetic=False)
    assert dict(mpl.rcParams) == before


def test_settings_of_the_user_do_not_reach_the_figure() -> None:
    plain = draw(2, 2, _paint, is_synthetic=False)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20}):
        assert draw(2, 2, _paint, is_synthetic=False) == plain


def _paint(figure: Figure) -> None:
    figure.add_subplot().plot([0, 1], [0, 1])


def test_models_differ_in_colour_line_and_marker() -> None:
    names = ("combined", "cnn", "clinical", "fib4", "apri")
    for part in ("colour", "line", "marker"):
        assert len({str(getattr(look_of(name), part)) for name in names}) == len(names)


def test_lines_are_the_points_and_readers_are_one_point(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    original = Figure.add_subplot

    def watch(self: Figure, *arguments: Any, **options: Any) -> Any:
        drawn.append(self)
        return original(self, *arguments, **options)

    monkeypatch.setattr(Figure, "add_subplot", watch)
    table2, roc = label_rows(pd.read_csv(whole / "table2.csv")), pd.read_csv(whole / "roc.csv")
    drawing = draw_roc(table2, roc, split="external", level="95 %", is_synthetic=False)
    lines = {str(line.get_label()).split("  ")[0]: line for line in drawn[0].axes[0].lines}
    points = roc.query("model == 'cnn' and split == 'external'")
    assert lines["CNN"].get_xydata().tolist() == points[["fpr", "tpr"]].to_numpy().tolist()
    reader = table2.query("model == 'reader_1' and split == 'external'").iloc[0]
    [[x, y]] = lines["Reader 1"].get_xydata().tolist()
    assert (x, y) == pytest.approx((1 - reader.specificity, reader.sensitivity))
    assert f"Reader 1 {reader.auroc:.2f}" in drawing.alt
    assert lines["CNN"].get_label().endswith("n 30")
