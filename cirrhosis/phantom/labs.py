"""Blood tests that follow severity as loosely as the article's FIB-4 and APRI do.

The article's Table 1 is not available: medians and spreads are plausible values for resected
chronic hepatitis B, and the loadings are chosen so that at n = 10,000 the AUROC of FIB-4 is
0.69 and that of APRI 0.67, as in its external test set.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

AST_UPPER_LIMIT_U_PER_L = 40.0
# With signal `labs` the labs alone carry the class; a linear model of them reaches about 0.85.
LABS_SIGNAL_GAIN = 1.8


class LabModel(NamedTuple):
    """How one laboratory value arises.

    Attributes:
        median: Value of a patient of mean severity.
        severity: Change per standard deviation of severity.
        inflammation: Change per standard deviation of the activity that AST and ALT share.
        sd: Spread that belongs to this value alone.
        logarithmic: Whether changes are of the logarithm or of the value.
        decimals: Digits after the point that a laboratory prints.
    """

    median: float
    severity: float
    inflammation: float
    sd: float
    logarithmic: bool
    decimals: int


LABS = {
    "platelets_e9_per_l": LabModel(140.0, -0.19, 0.00, 0.38, True, 0),
    "total_bilirubin_umol_per_l": LabModel(14.0, 0.08, 0.08, 0.38, True, 1),
    "albumin_g_per_l": LabModel(41.5, -0.9, -0.5, 3.8, False, 1),
    "ast_u_per_l": LabModel(34.0, 0.085, 0.42, 0.22, True, 0),
    "alt_u_per_l": LabModel(34.0, 0.00, 0.52, 0.25, True, 0),
    "alp_u_per_l": LabModel(86.0, 0.04, 0.05, 0.30, True, 0),
    "ggt_u_per_l": LabModel(56.0, 0.08, 0.25, 0.65, True, 0),
    "inr": LabModel(1.05, 0.020, 0.00, 0.065, True, 2),
    "creatinine_umol_per_l": LabModel(76.0, 0.00, 0.00, 0.20, True, 0),
    "sodium_mmol_per_l": LabModel(140.5, -0.2, 0.00, 2.3, False, 0),
}
KEY_LABS = tuple(LABS)[:8]
# Draws that a cohort of labs needs, beside one per value.
SHARED_DRAWS = ("inflammation", "incomplete", "n_missing")
# At most three values are missing of an incomplete patient.
MOST_MISSING = 3


def make_labs(followed: np.ndarray, normals: pd.DataFrame, *, strength: float) -> pd.DataFrame:
    """Return the laboratory values of each patient, complete.

    Args:
        followed: Severity that the labs follow, shape (n,).
        normals: Standard normal draws: one column per value, and `inflammation`.
        strength: Multiplies every loading on severity.

    Returns:
        One column per value, in the units of its name, and `ast_upper_limit_u_per_l`.
    """
    values = {}
    for name, model in LABS.items():
        change = (
            strength * model.severity * followed
            + model.inflammation * normals["inflammation"].to_numpy()
            + model.sd * normals[name].to_numpy()
        )
        raw = model.median * np.exp(change) if model.logarithmic else model.median + change
        # One unit of the last digit keeps rare tails positive, as the contract demands.
        values[name] = np.maximum(np.round(raw, model.decimals), 10.0**-model.decimals)
    return pd.DataFrame(values).assign(ast_upper_limit_u_per_l=AST_UPPER_LIMIT_U_PER_L)


def remove_labs(labs: pd.DataFrame, uniforms: pd.DataFrame, *, fraction: float) -> pd.DataFrame:
    """Return `labs` with one to three key values missing in a share `fraction` of patients.

    Args:
        labs: Complete laboratory values.
        uniforms: Columns `incomplete` and `n_missing`, and one per key value, in (0, 1).
        fraction: Expected share of incomplete patients.
    """
    order = uniforms[list(KEY_LABS)].rank(axis=1, method="first").to_numpy()
    n_missing = np.ceil(uniforms["n_missing"].to_numpy() * MOST_MISSING)
    incomplete = uniforms["incomplete"].to_numpy() < fraction
    gone = (order <= n_missing[:, None]) & incomplete[:, None]
    return labs.assign(**{name: labs[name].mask(gone[:, k]) for k, name in enumerate(KEY_LABS)})
