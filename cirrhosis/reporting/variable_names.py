"""Names of the patients' columns and their levels as figures and tables show them."""

from typing import Any

from cirrhosis.reporting.display_names import shorten

VARIABLES = {
    "age_years": "Age, years",
    "bmi_kg_per_m2": "BMI, kg/m²",
    "platelets_e9_per_l": "Platelets, 10⁹/L",
    "total_bilirubin_umol_per_l": "Total bilirubin, µmol/L",
    "albumin_g_per_l": "Albumin, g/L",
    "ast_u_per_l": "AST, U/L",
    "alt_u_per_l": "ALT, U/L",
    "alp_u_per_l": "ALP, U/L",
    "ggt_u_per_l": "GGT, U/L",
    "inr": "INR",
    "creatinine_umol_per_l": "Creatinine, µmol/L",
    "sodium_mmol_per_l": "Sodium, mmol/L",
    "field_strength_t": "Field strength, T",
    "contrast_agent": "Contrast agent",
    "largest_lesion_cm": "Largest lesion, cm",
    "center": "Centre",
    "stiffness_kpa": "Stiffness, kPa",
    "cnn_score": "CNN probability",
    "target": "Positive label",
    "fib4": "FIB-4",
    "apri": "APRI",
    "albi": "ALBI",
    "albi_grade": "ALBI grade",
    "meld": "MELD",
    "child_pugh_class": "Child-Pugh class",
}


def name_variable(column: str) -> str:
    """Return the name shown for a column; others lose their underscores."""
    return VARIABLES.get(column, column.replace("_", " ").capitalize())


def name_level(level: Any) -> str:
    """Return the name shown for a level, cut to what a figure has room for."""
    return shorten(str(level).replace("<=", "≤").replace(">=", "≥"))
