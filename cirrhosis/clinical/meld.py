"""MELD, MELD-Na and MELD 3.0: whole scores of 6 to 40, as the transplant network reports them.

Logarithms are natural. The `_unrounded` functions give the formula's value within the same
floors and caps, for tests and models. A creatinine that was not measured leaves a score missing
even on dialysis. The article says only "MELD score": which variant it means is not stated.

References:
    Kamath et al. (2001), Hepatology 33(2), 464-470 (MELD).
    Kim et al. (2008), N Engl J Med 359(10), 1018-1026 (MELD-Na); used from MELD 12 on.
    Kim et al. (2021), Gastroenterology 161(6), 1887-1895 (MELD 3.0).
"""

import numpy as np
from numpy.typing import NDArray

from cirrhosis.clinical.score_inputs import (
    Score,
    Values,
    like_inputs,
    read_flags,
    read_numbers,
    read_positive,
)
from cirrhosis.clinical.units import (
    albumin_to_g_per_dl,
    bilirubin_to_mg_per_dl,
    creatinine_to_mg_per_dl,
)

LOWEST, HIGHEST = 6, 40
SODIUM_LIMITS_MMOL_PER_L = (125.0, 137.0)
ALBUMIN_LIMITS_G_PER_DL = (1.5, 3.5)
# Below this MELD the sodium is not used.
SODIUM_FROM_MELD = 12


def meld_unrounded(
    *,
    total_bilirubin_umol_per_l: Values,
    inr: Values,
    creatinine_umol_per_l: Values,
    dialysis: Values = 0,
) -> Score:
    """Return 3.78 ln(bilirubin) + 11.2 ln(INR) + 9.57 ln(creatinine) + 6.43, in mg/dL.

    Each input is at least 1.0 and creatinine at most 4.0 mg/dL, which it is on dialysis.

    Args:
        total_bilirubin_umol_per_l: Total bilirubin.
        inr: International normalised ratio.
        creatinine_umol_per_l: Creatinine.
        dialysis: 1 for dialysis at least twice in the week before, else 0.

    Example:
        >>> value = meld_unrounded(
        ...     total_bilirubin_umol_per_l=1.9 * 17.1, inr=1.2, creatinine_umol_per_l=1.3 * 88.42
        ... )
        >>> round(float(value), 3)
        13.409
    """
    columns = (total_bilirubin_umol_per_l, inr, creatinine_umol_per_l)
    bilirubin, ratio, creatinine = _logarithms(*columns, dialysis, highest_creatinine=4.0)
    score = 3.78 * bilirubin + 11.2 * ratio + 9.57 * creatinine + 6.43
    return like_inputs(score, *columns, dialysis)


def meld(
    *,
    total_bilirubin_umol_per_l: Values,
    inr: Values,
    creatinine_umol_per_l: Values,
    dialysis: Values = 0,
) -> Score:
    """Return MELD, whole, 6 to 40; arguments as in `meld_unrounded`.

    Example:
        >>> float(meld(total_bilirubin_umol_per_l=35, inr=1.2, creatinine_umol_per_l=115))
        14.0
    """
    columns = (total_bilirubin_umol_per_l, inr, creatinine_umol_per_l, dialysis)
    (value,) = read_numbers(
        meld_unrounded(
            total_bilirubin_umol_per_l=total_bilirubin_umol_per_l,
            inr=inr,
            creatinine_umol_per_l=creatinine_umol_per_l,
            dialysis=dialysis,
        )
    )
    return like_inputs(_whole(value), *columns)


def meld_na(
    *,
    total_bilirubin_umol_per_l: Values,
    inr: Values,
    creatinine_umol_per_l: Values,
    sodium_mmol_per_l: Values,
    dialysis: Values = 0,
) -> Score:
    """Return MELD + 1.32 (137 - Na) - 0.033 MELD (137 - Na), whole, 6 to 40.

    MELD is the whole score. Sodium lies within 125 to 137 mmol/L and counts from MELD 12 on;
    below that the score is MELD. A missing sodium leaves it missing whatever MELD is.

    Example:
        >>> float(meld_na(total_bilirubin_umol_per_l=51.3, inr=1.6,
        ...     creatinine_umol_per_l=132.63, sodium_mmol_per_l=130))
        25.0
    """
    columns = (total_bilirubin_umol_per_l, inr, creatinine_umol_per_l, sodium_mmol_per_l, dialysis)
    (score,) = read_numbers(
        meld(
            total_bilirubin_umol_per_l=total_bilirubin_umol_per_l,
            inr=inr,
            creatinine_umol_per_l=creatinine_umol_per_l,
            dialysis=dialysis,
        )
    )
    lack = _sodium_lack(sodium_mmol_per_l)
    corrected = score + 1.32 * lack - 0.033 * score * lack
    return like_inputs(
        _whole(np.where(score < SODIUM_FROM_MELD, score + 0 * lack, corrected)), *columns
    )


def meld_3_unrounded(
    *,
    is_female: Values,
    total_bilirubin_umol_per_l: Values,
    inr: Values,
    creatinine_umol_per_l: Values,
    sodium_mmol_per_l: Values,
    albumin_g_per_l: Values,
    dialysis: Values = 0,
) -> Score:
    """Return the formula of MELD 3.0, for adults.

    1.33 female + 4.56 ln(bilirubin) + 0.82 (137 - Na) - 0.24 (137 - Na) ln(bilirubin)
    + 9.09 ln(INR) + 11.14 ln(creatinine) + 1.85 (3.5 - albumin)
    - 1.83 (3.5 - albumin) ln(creatinine) + 6, in mg/dL and g/dL. Bilirubin, INR and creatinine
    are at least 1.0, creatinine at most 3.0 (which it is on dialysis), sodium within 125 to
    137 and albumin within 1.5 to 3.5.

    Args:
        is_female: 1 or 0; missing leaves the score missing.
        total_bilirubin_umol_per_l: Total bilirubin.
        inr: International normalised ratio.
        creatinine_umol_per_l: Creatinine.
        sodium_mmol_per_l: Sodium.
        albumin_g_per_l: Albumin.
        dialysis: 1 for dialysis at least twice in the week before, else 0.
    """
    columns = (total_bilirubin_umol_per_l, inr, creatinine_umol_per_l)
    bilirubin, ratio, creatinine = _logarithms(*columns, dialysis, highest_creatinine=3.0)
    (female,) = read_flags(is_female)
    (albumin,) = read_positive(albumin_g_per_l)
    lack = _sodium_lack(sodium_mmol_per_l)
    albumin_lack = 3.5 - np.clip(albumin_to_g_per_dl(albumin), *ALBUMIN_LIMITS_G_PER_DL)
    score = (
        1.33 * female
        + 4.56 * bilirubin
        + 0.82 * lack
        - 0.24 * lack * bilirubin
        + 9.09 * ratio
        + 11.14 * creatinine
        + 1.85 * albumin_lack
        - 1.83 * albumin_lack * creatinine
        + 6
    )
    return like_inputs(score, *columns, is_female, sodium_mmol_per_l, albumin_g_per_l, dialysis)


def meld_3(
    *,
    is_female: Values,
    total_bilirubin_umol_per_l: Values,
    inr: Values,
    creatinine_umol_per_l: Values,
    sodium_mmol_per_l: Values,
    albumin_g_per_l: Values,
    dialysis: Values = 0,
) -> Score:
    """Return MELD 3.0, whole, 6 to 40; arguments as in `meld_3_unrounded`.

    Example:
        >>> float(meld_3(is_female=1, total_bilirubin_umol_per_l=51.3, inr=1.6,
        ...     creatinine_umol_per_l=132.63, sodium_mmol_per_l=130, albumin_g_per_l=28))
        26.0
    """
    columns = (is_female, total_bilirubin_umol_per_l, inr, creatinine_umol_per_l)
    more = (sodium_mmol_per_l, albumin_g_per_l, dialysis)
    (value,) = read_numbers(
        meld_3_unrounded(
            is_female=is_female,
            total_bilirubin_umol_per_l=total_bilirubin_umol_per_l,
            inr=inr,
            creatinine_umol_per_l=creatinine_umol_per_l,
            sodium_mmol_per_l=sodium_mmol_per_l,
            albumin_g_per_l=albumin_g_per_l,
            dialysis=dialysis,
        )
    )
    return like_inputs(_whole(value), *columns, *more)


def _logarithms(
    bilirubin: Values,
    inr: Values,
    creatinine: Values,
    dialysis: Values,
    *,
    highest_creatinine: float,
) -> tuple[NDArray[np.float64], ...]:
    """Return ln of bilirubin, INR and creatinine within their floors and cap, in mg/dL."""
    umol_bilirubin, ratio, umol_creatinine = read_positive(bilirubin, inr, creatinine)
    (on_dialysis,) = read_flags(dialysis)
    mg_creatinine = np.clip(creatinine_to_mg_per_dl(umol_creatinine), 1.0, highest_creatinine)
    measured = ~np.isnan(mg_creatinine)
    mg_creatinine = np.where(measured & (on_dialysis == 1), highest_creatinine, mg_creatinine)
    return (
        np.log(np.maximum(bilirubin_to_mg_per_dl(umol_bilirubin), 1.0)),
        np.log(np.maximum(ratio, 1.0)),
        np.log(np.where(np.isnan(on_dialysis), np.nan, mg_creatinine)),
    )


def _sodium_lack(sodium_mmol_per_l: Values) -> NDArray[np.float64]:
    (sodium,) = read_positive(sodium_mmol_per_l)
    return 137.0 - np.clip(sodium, *SODIUM_LIMITS_MMOL_PER_L)


def _whole(value: NDArray[np.float64]) -> NDArray[np.float64]:
    # Halves go up; `np.round` would send 12.5 to 12.
    return np.clip(np.floor(value + 0.5), LOWEST, HIGHEST)
