"""Views of what was compared and chosen."""

import math

import pandas as pd

from cirrhosis.reporting.choice_table import (
    view_collinearity,
    view_extra_runs,
    view_hardness,
)
from cirrhosis.reporting.number_text import ABSENT, DASH


def test_hardness_lists_estimates_and_plain_values() -> None:
    estimate = {"value": 0.97, "low": 0.95, "high": 0.99, "n": 114, "method": "delong"}
    empty = {"value": None, "low": None, "high": None, "n": 0, "method": "delong", "reason": "why"}
    view = view_hardness({"latent_severity": estimate, "area": empty, "limit": 0.7}, "95 %")
    texts = [[cell.text for cell in row.cells] for row in view.rows]
    assert texts == [
        ["latent severity", f"0.97 (0.95{DASH}0.99)", "114", "DeLong"],
        ["area", "undefined: why", "0", "DeLong"],
        ["limit", "0.7", "", ""],
    ]


def test_infinite_factors_and_absent_seconds_have_no_number() -> None:
    collinear = pd.DataFrame({"variable": ["inr"], "vif": [math.inf], "kept": [False]})
    assert [cell.text for cell in view_collinearity(collinear).rows[0].cells] == ["INR", "∞", "no"]
    runs = view_extra_runs([{"label": "ResNet-18", "auroc": None, "n": 12, "seconds": None}])
    assert [cell.text for cell in runs.rows[0].cells] == ["ResNet-18", ABSENT, "12", ABSENT]
