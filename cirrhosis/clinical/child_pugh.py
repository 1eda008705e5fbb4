"""Child-Pugh: points and class, never computable without ascites and encephalopathy.

References:
    Pugh et al. (1973), Br J Surg 60(8), 646-649; limits as printed in the MSD Manual.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.clinical.score_inputs import Score, Values, like_inputs, read_numbers, read_positive


@dataclass(frozen=True)
class ChildPughLimits:
    """Where one point becomes two, and two become three.

    Attributes:
        bilirubin_umol_per_l: One point below the first, three above the second. 51.3 umol/L
            is 3.0 mg/dL, so that a value gives the same points in both units; tables in
            umol/L print the same limits as 34 and 51.
        albumin_g_per_l: Three points below the first, one above the second.
        inr: One point below the first, three above the second.
    """

    bilirubin_umol_per_l: tuple[float, ...] = (34.0, 51.3)
    albumin_g_per_l: tuple[float, ...] = (28.0, 35.0)
    inr: tuple[float, ...] = (1.7, 2.3)

    def __post_init__(self) -> None:
        """Refuse limits that are not two rising numbers."""
        for name in ("bilirubin_umol_per_l", "albumin_g_per_l", "inr"):
            limits = getattr(self, name)
            if len(limits) != 2 or not limits[0] < limits[1]:
                raise ValueError(f"expected two rising limits for {name}, got {limits}")


STANDARD = ChildPughLimits()
# In primary biliary cholangitis and other cholestatic disease bilirubin says less.
CHOLESTATIC = ChildPughLimits(bilirubin_umol_per_l=(68.0, 171.0))
# A variant in circulation, with three points for albumin below 30 g/L.
ALBUMIN_30 = ChildPughLimits(albumin_g_per_l=(30.0, 35.0))

_ASCITES_WORDS = {
    1: ("none", "no", "absent", "0"),
    2: ("mild", "slight", "small", "controlled"),
    3: ("moderate", "severe", "large", "massive", "tense", "refractory"),
}
_ENCEPHALOPATHY_WORDS = {
    1: ("none", "no", "absent", "0"),
    2: ("1", "2", "1-2", "i", "ii", "i-ii", "mild"),
    3: ("3", "4", "3-4", "iii", "iv", "iii-iv", "severe"),
}
ASCITES_POINTS = {word: points for points, words in _ASCITES_WORDS.items() for word in words}
ENCEPHALOPATHY_POINTS = {
    word: points for points, words in _ENCEPHALOPATHY_WORDS.items() for word in words
}


def child_pugh_points(
    *,
    total_bilirubin_umol_per_l: Values,
    albumin_g_per_l: Values,
    inr: Values,
    ascites: Values,
    encephalopathy: Values,
    limits: ChildPughLimits = STANDARD,
) -> Score:
    """Return the Child-Pugh points, 5 to 15, missing where any of the five is not known.

    Args:
        total_bilirubin_umol_per_l: Total bilirubin.
        albumin_g_per_l: Albumin.
        inr: International normalised ratio (prothrombin seconds have limits of their own).
        ascites: `none`, `mild`, `moderate`, or another word of `ASCITES_POINTS`.
        encephalopathy: `none`, the West Haven grade 1 to 4, or another word of
            `ENCEPHALOPATHY_POINTS`; `grade` before it is ignored.
        limits: `STANDARD`, `CHOLESTATIC`, `ALBUMIN_30` or your own.

    Example:
        >>> float(child_pugh_points(total_bilirubin_umol_per_l=60, albumin_g_per_l=30, inr=1.5,
        ...     ascites="mild", encephalopathy="none"))
        9.0
    """
    # Laboratories print one decimal of the first two and two of INR; rounding takes the
    # residue of a unit conversion away, which would move a value over a limit.
    bilirubin, albumin, ratio = read_positive(total_bilirubin_umol_per_l, albumin_g_per_l, inr)
    columns = (total_bilirubin_umol_per_l, albumin_g_per_l, inr, ascites, encephalopathy)
    points = (
        _rising_points(np.round(bilirubin, 1), limits.bilirubin_umol_per_l)
        + 4
        - _rising_points(np.round(albumin, 1), limits.albumin_g_per_l)
        + _rising_points(np.round(ratio, 2), limits.inr)
        + read_points(ascites, ASCITES_POINTS)
        + read_points(encephalopathy, ENCEPHALOPATHY_POINTS)
    )
    return like_inputs(points, *columns)


def child_pugh_class(points: Values) -> Score:
    """Return class A (5-6), B (7-9) or C (10-15) of Child-Pugh points, missing where they are.

    Example:
        >>> str(child_pugh_class(9))
        'B'
    """
    (number,) = read_numbers(points)
    letters = np.select([number <= 6, number <= 9, number <= 15], ["A", "B", "C"], default="")
    if not isinstance(points, pd.Series):
        return letters[()] if letters.ndim == 0 else letters
    column = pd.Series(letters, index=points.index, dtype="string")
    return column.mask(column == "")


def read_points(words: Values, points: Mapping[str, int]) -> NDArray[np.float64]:
    """Return the points of each word, NaN where it is missing or unknown."""
    listed = words if isinstance(words, pd.Series) else pd.Series(np.atleast_1d(words))
    found = listed.map(lambda word: points.get(plain_word(word), np.nan), na_action="ignore")
    (numbers,) = read_numbers(found.astype("Float64"))
    return numbers if isinstance(words, pd.Series) or np.ndim(words) else numbers.reshape(())


def plain_word(word: object) -> str:
    """Return a word in lower case without `grade` and blanks; 2.0 becomes 2.

    Example:
        >>> plain_word(" Grade III-IV"), plain_word(2.0)
        ('iii-iv', '2')
    """
    text = str(word).strip().casefold().replace("\u2013", "-")
    return re.sub(r"^grade\s*|\s|\.0$", "", text)


def _rising_points(value: NDArray[np.float64], limits: tuple[float, ...]) -> NDArray[np.float64]:
    points = 1.0 + (value >= limits[0]) + (value > limits[1])
    return np.where(np.isnan(value), np.nan, points)
