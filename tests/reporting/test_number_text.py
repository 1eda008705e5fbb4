"""Values as text, by hand-worked cases."""

import math
from typing import Any

import pandas as pd
import pytest

from cirrhosis.reporting.number_text import (
    DASH,
    MINUS,
    format_count,
    format_estimate,
    format_number,
    format_p_value,
    format_percent,
    format_text,
    format_words,
    is_true,
    write_sentence,
)


@pytest.mark.parametrize("gap", [None, math.nan, pd.NA, ""])
def test_a_gap_is_a_dash(gap: Any) -> None:
    for write in (
        format_number,
        format_percent,
        format_count,
        format_p_value,
        format_text,
        format_words,
    ):
        assert write(gap) == DASH
    assert not is_true(gap)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.005, "0.01"),
        (-0.28, f"{MINUS}0.28"),
        (-0.001, "0.00"),
        (math.inf, "∞"),
        (-math.inf, f"{MINUS}∞"),
    ],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "<0.001"), (0.001, "0.001"), (0.0449, "0.045"), (0.5, "0.50")]
)
def test_p_values_read_as_in_journals(value: float, text: str) -> None:
    assert format_p_value(value) == text


def test_estimates_carry_their_interval_or_say_that_there_is_none() -> None:
    assert format_estimate(0.894, 0.81, 0.951) == f"0.89 (0.81{DASH}0.95)"
    assert format_estimate(0.896, 0.8, 0.96, percent=True) == f"90 (80{DASH}96)"
    assert format_estimate(-0.02, -0.1, 0.06) == f"{MINUS}0.02 ({MINUS}0.10 to 0.06)"
    assert format_estimate(0.9, None, 1.0) == "0.90 (no interval)"
    assert format_estimate(math.nan, 0.1, 0.2) == "undefined"


@pytest.mark.parametrize(
    ("value", "said"), [("True", True), (1, True), (False, False), ("no", False)]
)
def test_truth_is_read_however_it_is_spelled(value: Any, said: bool) -> None:
    assert is_true(value) is said


def test_names_from_tables_read_as_words() -> None:
    assert format_words("false_positive") == "false positive"
    assert format_words("a" * 40) == "a" * 40


def test_sentences_begin_and_end() -> None:
    assert write_sentence("one class is absent") == "One class is absent."
