"""Conversions between the units that laboratories print and those of the tables."""

import re
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.clinical.unit_registry import (
    ALBUMIN_G_PER_L_IN_G_PER_DL,
    BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL,
    CREATININE_UMOL_PER_L_IN_MG_PER_DL,
    REFUSED,
    SAME,
    UNITS,
    Factor,
)

Amount = TypeVar("Amount", float, "pd.Series[float]", NDArray[np.float64])

_MICRO = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u00d7": "x"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def to_table_unit(values: Amount, *, column: str, unit: str) -> Amount:
    """Convert numbers as a laboratory prints them to the unit of a column of `patients.csv`.

    Args:
        values: Numbers, missing where missing.
        column: A column with a unit, such as `albumin_g_per_l`.
        unit: As printed: `g/dL`, `x10^3/uL`, `µmol/l`, `ukat/L`; blanks, capitals and the way
            to write micro and powers of ten do not matter. Empty for a pure number.

    Raises:
        ValueError: If the column has no unit, the unit is unknown for it, or no factor
            leads from one to the other (prothrombin time to INR).

    Example:
        >>> to_table_unit(3.5, column="albumin_g_per_l", unit="g/dL")
        35.0
    """
    factor = find_factor(column=column, unit=unit)
    return values if factor == SAME else values * factor.times / factor.over


def find_factor(*, column: str, unit: str) -> Factor:
    """Return the factor from a printed unit to that of a column.

    Raises:
        ValueError: As in `to_table_unit`.
    """
    if column not in UNITS:
        raise ValueError(
            f"expected a column with a unit, but '{column}' is none of {', '.join(UNITS)};"
            " leave its unit out or correct the column"
        )
    name = plain_unit(unit)
    if name in UNITS[column]:
        return UNITS[column][name]
    known = ", ".join(f"'{known}'" for known in UNITS[column])
    reason = REFUSED.get(column, {}).get(name)
    if reason is not None:
        raise ValueError(f"'{unit}' cannot become {column}: it {reason}. Known units: {known}")
    raise ValueError(
        f"expected a unit of {column} among {known}, found '{unit}';"
        " correct the unit or convert the values first"
    )


def plain_unit(unit: str) -> str:
    """Return one spelling for every way to print a unit.

    Example:
        >>> plain_unit("x 10⁹ / L"), plain_unit("10*3/µL"), plain_unit("mcmol/L")
        ('10^9/l', '10^3/ul', 'umol/l')
    """
    text = re.sub("([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", r"^\1", unit).translate(_RAISED).translate(_MICRO)
    text = re.sub(r"\s", "", text).casefold().removeprefix("x")
    text = re.sub(r"^10(?:\*\*|\*|e\+?|\^)0*(\d+)", r"10^\1", text)
    text = re.sub(r"\bmc(?=mol|l|kat)", "u", text)
    return text.replace("m^3", "m3").replace("m^2", "m2").replace("in^2", "in2")


def bilirubin_to_umol_per_l(mg_per_dl: Amount) -> Amount:
    """Convert bilirubin from mg/dL to umol/L."""
    return mg_per_dl * BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL


def bilirubin_to_mg_per_dl(umol_per_l: Amount) -> Amount:
    """Convert bilirubin from umol/L to mg/dL."""
    return umol_per_l / BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL


def creatinine_to_umol_per_l(mg_per_dl: Amount) -> Amount:
    """Convert creatinine from mg/dL to umol/L."""
    return mg_per_dl * CREATININE_UMOL_PER_L_IN_MG_PER_DL


def creatinine_to_mg_per_dl(umol_per_l: Amount) -> Amount:
    """Convert creatinine from umol/L to mg/dL."""
    return umol_per_l / CREATININE_UMOL_PER_L_IN_MG_PER_DL


def albumin_to_g_per_l(g_per_dl: Amount) -> Amount:
    """Convert albumin from g/dL to g/L."""
    return g_per_dl * ALBUMIN_G_PER_L_IN_G_PER_DL


def albumin_to_g_per_dl(g_per_l: Amount) -> Amount:
    """Convert albumin from g/L to g/dL."""
    return g_per_l / ALBUMIN_G_PER_L_IN_G_PER_DL


def platelets_to_e9_per_l(thousand_per_ul: Amount) -> Amount:
    """Convert platelets from 10^3/uL to 10^9/L, which is the same number."""
    return thousand_per_ul
