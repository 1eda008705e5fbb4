"""Values as text: no gap is ever printed as a number."""

import math
from typing import Any

import pandas as pd

# Typographic signs by name, because they look like a hyphen in code.
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
ABSENT = DASH


def is_missing(value: Any) -> bool:
    """Return whether a cell holds nothing."""
    return value is None or bool(pd.isna(value)) or value == ""


def format_number(value: Any, digits: int = 2) -> str:
    """Return a number with fixed decimals, `∞` for infinity and a dash for a gap."""
    if is_missing(value):
        return ABSENT
    if math.isinf(float(value)):
        return "∞" if float(value) > 0 else f"{MINUS}∞"
    text = f"{float(value):.{digits}f}"
    # A proper minus sign; and no "-0.00", which reads as a negative number.
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def format_percent(value: Any) -> str:
    """Return a proportion in percent without the sign and without decimals."""
    return ABSENT if is_missing(value) else format_number(100 * float(value), 0)


def format_count(value: Any) -> str:
    """Return a whole number."""
    return ABSENT if is_missing(value) else f"{float(value):.0f}"


def format_p_value(value: Any) -> str:
    """Return a p value as journals print it."""
    if is_missing(value):
        return ABSENT
    if float(value) < 0.001:
        return "<0.001"
    return format_number(value, 3 if float(value) < 0.1 else 2)


def format_text(value: Any) -> str:
    """Return words, yes or no for truth values, and a dash for a gap."""
    if is_missing(value):
        return ABSENT
    if str(value) in ("True", "False"):
        return "yes" if str(value) == "True" else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def format_words(value: Any) -> str:
    """Return a name from a table in words, and a dash for a gap."""
    return ABSENT if is_missing(value) else str(value).replace("_", " ")


def is_true(value: Any) -> bool:
    """Return whether a cell says yes, however the CSV spells it."""
    return not is_missing(value) and str(value).lower() in ("true", "1", "1.0", "yes")


def format_estimate(value: Any, low: Any, high: Any, *, percent: bool = False) -> str:
    """Return `estimate (low to high)`; a missing limit is said in words."""
    show = format_percent if percent else format_number
    if is_missing(value):
        return "undefined"
    if is_missing(low) or is_missing(high):
        return f"{show(value)} (no interval)"
    # Limits below 0 carry a minus sign, which a dash between them would hide.
    between = " to " if min(float(low), float(high)) < 0 else DASH
    return f"{show(value)} ({show(low)}{between}{show(high)})"


def write_sentence(text: str) -> str:
    """Return words from a table with a capital and a full stop."""
    ended = text if text.endswith(".") else f"{text}."
    return ended[:1].upper() + ended[1:]
