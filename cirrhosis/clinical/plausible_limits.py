"""Within which limits a measured value can be true, column by column.

The limits are ours, not the article's. They are as wide as living adults who can lie in a
scanner: values outside are almost always another unit, a shifted point or another column. They
are not reference ranges of health, and a rare true value may lie outside: widen them then.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cirrhosis.clinical.unit_registry import UNITS


class Limits(NamedTuple):
    """Limits of one column.

    Attributes:
        low: Least value that is believed.
        high: Largest value that is believed.
        usual_low: Least value that is common in a liver clinic, in our judgement; only used
            to guess a unit.
        usual_high: Largest value that is common there.
        rationale: Why low and high stand where they stand.
    """

    low: float
    high: float
    usual_low: float
    usual_high: float
    rationale: str


_ENZYME = (
    "an assay reads from about 2 U/L on; above 20,000 U/L only in the days of acute liver failure"
)
LIMITS: Mapping[str, Limits] = {
    "age_years": Limits(0.01, 115, 15, 95, "older people are known by name"),
    "bmi_kg_per_m2": Limits(10, 80, 16, 45, "below 10 is hardly survived; 80 exceeds a scanner"),
    "platelets_e9_per_l": Limits(
        5, 1500, 30, 500, "surgery and biopsy are not done below; above only in blood cancer"
    ),
    "total_bilirubin_umol_per_l": Limits(
        1.5, 1000, 4, 400, "0.1 mg/dL (1.7) is the least printed; 1000 is 58 mg/dL"
    ),
    "albumin_g_per_l": Limits(8, 65, 20, 55, "albumin is most of a total protein of 60 to 80 g/L"),
    "ast_u_per_l": Limits(2, 20_000, 8, 1000, _ENZYME),
    "alt_u_per_l": Limits(2, 20_000, 5, 1000, _ENZYME),
    "alp_u_per_l": Limits(5, 20_000, 25, 2000, "cholestasis reaches ten thousand (Mayo PBC)"),
    "ggt_u_per_l": Limits(2, 10_000, 8, 1500, _ENZYME),
    "ast_upper_limit_u_per_l": Limits(20, 80, 25, 60, "laboratories print 30 to 50 U/L"),
    "inr": Limits(0.6, 8, 0.8, 3, "a prothrombin time in seconds starts at about 9"),
    "creatinine_umol_per_l": Limits(15, 2500, 35, 500, "0.2 mg/dL to 28 mg/dL"),
    "sodium_mmol_per_l": Limits(100, 180, 120, 155, "outside is rarely survived"),
    "field_strength_t": Limits(0.05, 12, 0.2, 7, "clinical scanners reach from 0.064 to 7 T"),
    "stiffness_kpa": Limits(0.5, 100, 1, 75, "elastographs print up to 75 kPa"),
    "lesion_count": Limits(0, 100, 0, 20, "nobody counts further"),
    "largest_lesion_cm": Limits(0, 35, 0, 20, "a liver is about 25 cm wide"),
}

_CAPITALS = {"g": "G", "mt": "mT", "pa": "Pa", "u/dl": "U/dL", "u/ml": "U/mL"}


def guess_unit(column: str, value: float) -> str | None:
    """Return the printed unit in which a value would be usual for its column.

    Args:
        column: A column of `LIMITS`.
        value: The number found.

    Returns:
        The unit, or None if no other unit of the registry explains the value.

    Example:
        >>> guess_unit("platelets_e9_per_l", 150000.0)
        '/uL'
    """
    limits = LIMITS[column]
    for unit, factor in UNITS[column].items():
        if factor == (1, 1):
            continue
        if limits.usual_low <= value * factor.times / factor.over <= limits.usual_high:
            return printed_unit(unit)
    return None


def printed_unit(unit: str) -> str:
    """Return a plain spelling of the registry as laboratories print it.

    Example:
        >>> printed_unit("mg/dl"), printed_unit("10^3/ul")
        ('mg/dL', '10^3/uL')
    """
    if unit in _CAPITALS:
        return _CAPITALS[unit]
    head, slash, tail = unit.rpartition("/")
    return head + slash + tail.removesuffix("l") + ("L" if tail.endswith("l") else "")
