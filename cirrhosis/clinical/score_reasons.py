"""Why an input of a score cannot be used, in words, patient by patient."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from cirrhosis.clinical.child_pugh import ASCITES_POINTS, ENCEPHALOPATHY_POINTS, plain_word

FEMALE = ("female", "f", "woman", "w")
MALE = ("male", "m", "man")
TEXT_INPUTS: Mapping[str, tuple[str, ...]] = {
    "sex": (*FEMALE, *MALE),
    "ascites": tuple(ASCITES_POINTS),
    "encephalopathy": tuple(ENCEPHALOPATHY_POINTS),
}
FLAGS = ("diabetes",)


class _Rule(NamedTuple):
    """What a cell must be, and how that is said."""

    is_met: Callable[[pd.Series], pd.Series]
    expected: str


def explain_input(patients: pd.DataFrame, column: str) -> pd.Series:
    """Return why each patient's value of a column cannot enter a score.

    Args:
        patients: Rows of `patients.csv`.
        column: A column that a score needs, present or not.

    Returns:
        Text with the index of `patients`, missing where the value can be used: `no ...` for
        an empty cell, `no column ...` for an absent one, else the value and what was expected.
    """
    if column not in patients:
        return pd.Series(f"no column {column}", index=patients.index, dtype="string")
    values = patients[column]
    rule = _rule_of(column)
    reasons = pd.Series(pd.NA, index=patients.index, dtype="string")
    present = values.notna()
    wrong = present & ~rule.is_met(values).fillna(False).astype(bool)
    texts = values[wrong].map(lambda value: f"{column} is {value}, expected {rule.expected}")
    reasons[wrong] = texts.astype("string")
    reasons[~present] = f"no {column}"
    return reasons


def join_reasons(reasons: pd.DataFrame) -> pd.Series:
    """Return the reasons of several inputs joined by `; `, missing where there are none."""
    joined = pd.Series("", index=reasons.index, dtype="string")
    for name in reasons:
        own = reasons[name].astype("string").fillna("")
        between = pd.Series("; ", index=reasons.index).where((joined != "") & (own != ""), "")
        joined = joined + between + own
    return joined.mask(joined == "")


def _rule_of(column: str) -> _Rule:
    if column in TEXT_INPUTS:
        words = TEXT_INPUTS[column]
        known = ", ".join(words)
        return _Rule(lambda values: values.map(plain_word).isin(words), f"one of {known}")
    if column in FLAGS:
        return _Rule(lambda values: pd.to_numeric(values).isin([0, 1]), "0 or 1")
    return _Rule(
        lambda values: pd.to_numeric(values).between(0, float("inf"), inclusive="neither"),
        "a number above 0",
    )
