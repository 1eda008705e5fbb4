"""The page of a complete evaluation: every table and figure of it is there, and drawn from CSVs."""

import colorsys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from cirrhosis.reporting import house_style
from cirrhosis.reporting.calibration_figure import draw_calibration
from cirrhosis.reporting.comparison_tables import view_operating_points
from cirrhosis.reporting.decision_figure import draw_decisions
from cirrhosis.reporting.display_names import MODELS, label_combinations, label_rows, name_model
from cirrhosis.reporting.flow_figure import draw_flow
from cirrhosis.reporting.forest_figure import draw_forest
from cirrhosis.reporting.heat_map_figure import draw_heat_map
from cirrhosis.reporting.house_style import look_of
from cirrhosis.reporting.main_models import note_left_out, select_main_models
from cirrhosis.reporting.page import write_report
from cirrhosis.reporting.roc_figure import draw_roc
from cirrhosis.reporting.summary import summarise
from tests.reporting.complete_results import make_complete_results
from tests.reporting.made_results import copy_results
from tests.reporting.page_text import PageText

SECTIONS = [
    "What was run",
    "Patients",
    "Sequence combinations",
    "Performance (Table 2)",
    "Comparisons",
    "ROC curves",
    "Calibration",
    "Decision curves",
    "Rule-out and rule-in",
    "Subgroups",
    "Centres, stages, other labels",
    "False positives and negatives",
    "Importance of variables",
    "Failures",
    "Tables as CSV",
    "How the numbers were made",
]
SPLITS = ("training", "internal_1", "internal_2", "external")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_complete_results(tmp_path_factory.mktemp("complete") / "made" / "small")


@pytest.fixture(scope="module")
def parsed(complete: Path) -> PageText:
    return PageText(write_report(complete))


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype={"level": str, "center": str})


def test_every_section_stands_on_the_page(parsed: PageText) -> None:
    assert [text for level, text in parsed.headings if level == 2] == SECTIONS


def test_every_figure_is_there_in_both_formats(complete: Path, parsed: PageText) -> None:
    expected = {"patient_flow", "combinations", "combinations_heat_map"}
    expected |= {f"importances_{model}" for model in ("combined", "clinical")}
    for split in SPLITS:
        kinds = ("roc", "calibration", "decision", "forest_combined")
        expected |= {f"{kind}_{split}" for kind in kinds}
    for ending in ("svg", "png"):
        found = {path.stem for path in (complete / "report" / "figures").glob(f"*.{ending}")}
        assert found == expected
    assert len(parsed.find("img")) == len(expected)


def test_folds_that_are_centres_are_named(complete: Path, parsed: PageText) -> None:
    balance = read(complete, "balance")
    assert balance.loc[balance["fold"] == "0", "centers"].astype(str).str.startswith("1").all()
    assert "Centres" in parsed.text


def test_every_table_is_linked(complete: Path, parsed: PageText) -> None:
    links = {link["href"] for link in parsed.find("a") if link["href"].startswith("../")}
    assert links == {f"../{path.relative_to(complete)}" for path in complete.rglob("*.csv")}
    assert all((complete / "report" / link).resolve().is_file() for link in links)


def test_the_primary_comparison_is_said_first(complete: Path, parsed: PageText) -> None:
    row = read(complete, "comparisons").query("is_primary").iloc[0]
    assert f"n {row.n:.0f} (paired DeLong)" in parsed.text
    assert "Primary comparison: Combined against CNN, AUROC, External test" in parsed.text


def test_without_networks_there_is_no_ablation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The words are what is tested; to draw the figures takes most of the time.
    monkeypatch.setattr(FigureCanvasAgg, "print_figure", lambda *_, **__: None)
    monkeypatch.setattr(house_style, "_lay_out", lambda _: None)
    folder = make_complete_results(tmp_path / "made" / "small", with_networks=False)
    text = PageText(write_report(folder))
    titles = [title for level, title in text.headings if level == 2]
    assert "Sequence combinations" not in titles
    assert "Performance (Table 2)" in titles
    assert "Primary comparison: Combined against CNN" in text.text
    assert "undefined, because" in text.text
    assert "CNN" not in summarise(folder)
    table2 = read(folder, "table2")
    assert set(table2["reference_model"]) == {"clinical"}


def test_what_is_drawn_comes_from_the_tables(complete: Path, tmp_path: Path) -> None:
    folder = copy_results(complete, tmp_path / "made" / "small")
    forest = read(folder, "forest")
    is_row = (forest["split"] == "training") & (forest["model"] == "combined")
    at = forest.index[is_row & ~forest["suppressed"]][1]
    forest.loc[at, ["auroc", "auroc_low", "auroc_high"]] = [0.6123, 0.5123, 0.7123]
    write = dict.fromkeys(("model",), "combined")
    drawing = draw_forest(forest, split="training", level="95 %", is_synthetic=True, **write)
    assert "0.61 (0.51" in drawing.alt
    assert drawing.figures != _draw_forest(complete).figures


def test_a_group_that_is_too_small_has_counts_and_no_area(complete: Path) -> None:
    forest = read(complete, "forest")
    small = forest[(forest["model"] == "combined") & (forest["split"] == "training")]
    assert small["suppressed"].any()
    assert (
        _draw_forest(complete).alt.count("too small")
        == (small["suppressed"] & ~small["is_missing"]).sum()
    )


def test_the_flow_counts_every_patient(complete: Path) -> None:
    flow = read(complete, "flow")
    # Nobody is lost in this cohort; here seven of the external patients are.
    is_end = (flow["kind"] == "analysed") & (flow["split"] == "external")
    flow.loc[is_end, "remaining"] -= 7
    alt = draw_flow(flow, is_synthetic=True).alt
    ends = flow[(flow["kind"] == "analysed") & (flow["split"] != "all")]
    for row in ends.itertuples():
        assert f"Analysed: {row.remaining} {row.n_positive} positive" in alt
    assert f"In the table: {flow['remaining'].iloc[0]}" in alt


def test_the_heat_map_prints_each_number(complete: Path) -> None:
    table = label_combinations(read(complete, "combinations"))
    alt = draw_heat_map(table, is_synthetic=True).alt
    for row in table.itertuples():
        assert f"{row.label} auroc {row.auroc:.2f}" in alt


def test_curves_show_main_models(complete: Path) -> None:
    curves = read(complete, "decision_curves")
    drawing = draw_decisions(curves, split="external", is_synthetic=True)
    assert "Combined" in drawing.alt
    assert "Reader 1" not in drawing.alt
    table2 = label_rows(read(complete, "table2"))
    more = table2[table2["model"] == "clinical"].assign(model="other", label="Other")
    roc = draw_roc(
        pd.concat([table2, more], ignore_index=True),
        read(complete, "roc"),
        split="external",
        level="95 %",
        is_synthetic=True,
    )
    assert "Reader 1 0." in roc.alt
    assert "Other" not in roc.alt
    assert roc.caption.endswith("Further models stand in the tables.")
    calibration = draw_calibration(
        read(complete, "calibration_curves"),
        table2,
        split="external",
        level="95 %",
        is_synthetic=True,
    )
    row = table2.query("model == 'cnn' and split == 'external'").iloc[0]
    assert f"CNN slope {row.calibration_slope:.2f}" in calibration.alt


def test_lines_can_be_told_apart_in_grey() -> None:
    looks = [look_of(model) for model in MODELS]
    lines = {
        (str(look.line), look.marker, round(colorsys.rgb_to_hls(*to_rgb(look.colour))[1], 1))
        for look in looks
    }
    assert len(lines) == len(MODELS)
    assert len({look.marker for look in looks}) == len(MODELS)


def test_the_main_models_come_in_one_order() -> None:
    table = pd.DataFrame({"model": ["apri", "other", "cnn", "reader_1_or_fib4"]})
    assert select_main_models(table)["model"].tolist() == ["cnn", "apri"]
    assert note_left_out(table)
    others = pd.DataFrame({"model": ["b", "a"]})
    assert select_main_models(others)["model"].tolist() == ["a", "b"]
    assert note_left_out(others) == ""


def test_a_reader_joined_with_a_score_is_named_by_both() -> None:
    assert name_model("reader_1_and_fib4") == "Reader 1 and FIB-4"
    assert name_model("this_and_that") == "this_and_that"


def test_a_changed_cell_changes_the_table(complete: Path) -> None:
    points = read(complete, "operating_points")
    view = view_operating_points(points.assign(rule_out_threshold=0.12345))
    assert all("0.123" in [cell.text for cell in row.cells] for row in view.rows)


def _draw_forest(folder: Path):  # type: ignore[no-untyped-def]
    forest = read(folder, "forest")
    return draw_forest(forest, model="combined", split="training", level="95 %", is_synthetic=True)
