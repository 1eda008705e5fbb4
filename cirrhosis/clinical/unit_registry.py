"""Units that laboratories print, and how each becomes the unit of the cohort's table.

A spelling stands here in its plain form: lower case, no blanks, `u` for micro, `10^9` for
every way to write a power of ten; `cirrhosis.clinical.units.plain_unit` gets there. Of units
with one factor the commonest comes first: plausibility names it as the likely cause.

References:
    Bilirubin 584.7 g/mol and creatinine 113.1 g/mol give 17.1 and 88.42 umol/L per mg/dL.
    1 kat = 1 mol/s and 1 U = 1 umol/min, so 1 ukat/L = 60 U/L (Bureau international des poids
    et mesures, resolution 12 of the 21st conference, 1999).
"""

from collections.abc import Mapping
from typing import NamedTuple

BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL = 17.1
CREATININE_UMOL_PER_L_IN_MG_PER_DL = 88.42
ALBUMIN_G_PER_L_IN_G_PER_DL = 10.0
# 0.45359237 kg in a pound, 0.0254 m in an inch.
BMI_IN_POUND_PER_INCH2 = 0.45359237 / 0.0254**2


class Factor(NamedTuple):
    """A conversion: the value times `times` over `over`.

    Division by a whole number is exact to the last bit where multiplication by its
    reciprocal is not (112132 / 1000 against 112132 * 0.001).
    """

    times: float = 1.0
    over: float = 1.0


SAME = Factor()

_PLATELETS = {
    "10^9/l": SAME,
    "10^3/ul": SAME,
    "10^3/mm3": SAME,
    "1000/ul": SAME,
    "1000/mm3": SAME,
    "k/ul": SAME,
    "k/mm3": SAME,
    "thousand/ul": SAME,
    "g/l": SAME,  # giga per litre
    "gpt/l": SAME,
    "/nl": SAME,
    "/ul": Factor(over=1000),
    "/mm3": Factor(over=1000),
    "/cumm": Factor(over=1000),
    "cells/ul": Factor(over=1000),
    "cells/mm3": Factor(over=1000),
    "10^4/ul": Factor(times=10),
    "10^4/mm3": Factor(times=10),
    "10^5/ul": Factor(times=100),
    "lakh/ul": Factor(times=100),
    "10^6/l": Factor(over=1000),
    "/l": Factor(over=1e9),
}
_BILIRUBIN = {
    "umol/l": SAME,
    "mg/dl": Factor(times=BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL),
    "mg%": Factor(times=BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL),
    "mg/l": Factor(times=BILIRUBIN_UMOL_PER_L_IN_MG_PER_DL, over=10),
}
_CREATININE = {
    "umol/l": SAME,
    "mmol/l": Factor(times=1000),
    "mg/dl": Factor(times=CREATININE_UMOL_PER_L_IN_MG_PER_DL),
    "mg%": Factor(times=CREATININE_UMOL_PER_L_IN_MG_PER_DL),
    "mg/l": Factor(times=CREATININE_UMOL_PER_L_IN_MG_PER_DL, over=10),
}
_ALBUMIN = {
    "g/l": SAME,
    "mg/ml": SAME,
    "g/dl": Factor(times=ALBUMIN_G_PER_L_IN_G_PER_DL),
    "g%": Factor(times=ALBUMIN_G_PER_L_IN_G_PER_DL),
    "mg/dl": Factor(over=100),
    "mg/l": Factor(over=1000),
}
_ENZYME = {
    "u/l": SAME,
    "iu/l": SAME,
    "units/l": SAME,
    "mu/ml": SAME,
    "ukat/l": Factor(times=60),
    "nkat/l": Factor(times=60, over=1000),
    "u/dl": Factor(times=10),
    "u/ml": Factor(times=1000),
    "iu/ml": Factor(times=1000),
}
_SODIUM = {"mmol/l": SAME, "meq/l": SAME, "mval/l": SAME}
_RATIO = {"": SAME, "1": SAME, "inr": SAME}
_LENGTH = {"cm": SAME, "mm": Factor(over=10), "m": Factor(times=100)}
_AGE = {
    "years": SAME,
    "year": SAME,
    "yr": SAME,
    "a": SAME,
    "months": Factor(over=12),
    "days": Factor(over=365.25),
}
_MASS_INDEX = {"kg/m2": SAME, "lb/in2": Factor(times=BMI_IN_POUND_PER_INCH2)}
_FIELD = {"t": SAME, "tesla": SAME, "mt": Factor(over=1000), "g": Factor(over=1e4)}
_STIFFNESS = {"kpa": SAME, "pa": Factor(over=1000)}

UNITS: Mapping[str, Mapping[str, Factor]] = {
    "age_years": _AGE,
    "bmi_kg_per_m2": _MASS_INDEX,
    "platelets_e9_per_l": _PLATELETS,
    "total_bilirubin_umol_per_l": _BILIRUBIN,
    "albumin_g_per_l": _ALBUMIN,
    "ast_u_per_l": _ENZYME,
    "alt_u_per_l": _ENZYME,
    "alp_u_per_l": _ENZYME,
    "ggt_u_per_l": _ENZYME,
    "ast_upper_limit_u_per_l": _ENZYME,
    "inr": _RATIO,
    "creatinine_umol_per_l": _CREATININE,
    "sodium_mmol_per_l": _SODIUM,
    "field_strength_t": _FIELD,
    "stiffness_kpa": _STIFFNESS,
    "largest_lesion_cm": _LENGTH,
    "lesion_count": {"": SAME, "1": SAME},
}

_PROTHROMBIN = (
    "needs the reagent's sensitivity index (ISI) and the laboratory's mean normal time:"
    " INR = (patient's time / mean normal time) ** ISI; ask the laboratory for the INR"
)
_MOLAR_BILIRUBIN = "is 1,000 times the usual unit and a known misprint of umol/L; check the source"
_WAVE_SPEED = (
    "needs a tissue model: ultrasound reports 3 * density * speed**2, MR elastography density"
    " * speed**2, a third of it; convert it yourself and say which"
)
# Units that exist for the quantity and must not be guessed from.
REFUSED: Mapping[str, Mapping[str, str]] = {
    "inr": {
        "s": _PROTHROMBIN,
        "sec": _PROTHROMBIN,
        "seconds": _PROTHROMBIN,
        "ratio": _PROTHROMBIN,
        "%": _PROTHROMBIN,
    },
    "total_bilirubin_umol_per_l": {"mmol/l": _MOLAR_BILIRUBIN},
    "stiffness_kpa": {"m/s": _WAVE_SPEED},
}
