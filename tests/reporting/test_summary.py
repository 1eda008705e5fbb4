"""The few lines for the terminal."""

from pathlib import Path

import pandas as pd

from cirrhosis.reporting.summary import summarise
from tests.reporting.made_results import change_table


def test_each_row_of_table_2_is_a_line_under_aligned_headers(whole: Path) -> None:
    lines = summarise(whole).split("\n\n")[0].splitlines()
    rows = len(pd.read_csv(whole / "table2.csv"))
    assert len(lines) == rows + 2
    for header in ("model", "split", "n", "AUC (95 % interval)", "sensitivity %", "specificity %"):
        assert header in lines[0]
    at = lines[0].index("AUC")
    assert all(line[at - 1] == " " and line[at].isdigit() for line in lines[2:])


def test_the_synthetic_cohort_is_named(whole: Path) -> None:
    assert "Synthetic cohort." in summarise(whole)


def test_undefined_numbers_are_called_so(results: Path) -> None:
    change_table(results / "table2.csv", auroc=pd.NA)
    text = summarise(results)
    assert "undefined" in text
    assert "nan" not in text.lower()
