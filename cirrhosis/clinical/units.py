"""Conversions between the units that laboratories print and those of the tables."""

from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Amount = TypeVar("Amount", float, "pd.Series[float]", NDArray[np.float64])

# Molar masses: bilirubin 584.7 g/mol, creatinine 113.1 g/mol.
BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL = 17.1
CREATININE_UMOL_PER_L_IN_MG_PER_DL = 88.42
ALBUMIN_G_PER_L_IN_G_PER_DL = 10.0


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
