"""All scores of a cohort at once, each beside the reason where it is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.clinical.child_pugh import (
    STANDARD,
    ChildPughLimits,
    child_pugh_class,
    child_pugh_points,
    plain_word,
)
from cirrhosis.clinical.meld import meld, meld_3, meld_na
from cirrhosis.clinical.score_inputs import Score
from cirrhosis.clinical.score_reasons import FEMALE, TEXT_INPUTS, explain_input, join_reasons
from cirrhosis.clinical.scores import albi, albi_grade, apri, fib4, nafld_fibrosis_score

UPPER_LIMIT = "ast_upper_limit_u_per_l"
_FIB4 = ("age_years", "ast_u_per_l", "alt_u_per_l", "platelets_e9_per_l")
_APRI = ("ast_u_per_l", UPPER_LIMIT, "platelets_e9_per_l")
_ALBI = ("total_bilirubin_umol_per_l", "albumin_g_per_l")
_NFS = (*_FIB4, "bmi_kg_per_m2", "diabetes", "albumin_g_per_l")
_MELD = ("total_bilirubin_umol_per_l", "inr", "creatinine_umol_per_l")
_MELD_NA = (*_MELD, "sodium_mmol_per_l")
_CHILD_PUGH = (*_ALBI, "inr", "ascites", "encephalopathy")

Columns = Mapping[str, pd.Series]


@dataclass(frozen=True)
class ScoreSettings:
    """What scores need beside the patients' own values.

    Attributes:
        ast_upper_limit_u_per_l: Upper limit of normal AST where a patient's own is missing;
            None leaves APRI missing there. The article does not say which it used.
        child_pugh: Where one point becomes two, and two become three.
    """

    ast_upper_limit_u_per_l: float | None = None
    child_pugh: ChildPughLimits = field(default=STANDARD)


class _Kind(NamedTuple):
    """A score: the columns it needs, and how they become it."""

    inputs: tuple[str, ...]
    compute: Callable[[Columns, ScoreSettings], Score]


def _from_columns(score: Callable[..., Score], *names: str) -> _Kind:
    return _Kind(names, lambda columns, _: score(**{name: columns[name] for name in names}))


def _from_meld(score: Callable[..., Score], *names: str) -> _Kind:
    return _Kind(
        names,
        lambda columns, _: score(
            **{name: columns[name] for name in names}, dialysis=columns["dialysis"]
        ),
    )


def _meld_3(columns: Columns, _: ScoreSettings) -> Score:
    sex = columns["sex"].map(plain_word, na_action="ignore")
    names = (*_MELD_NA, "albumin_g_per_l", "dialysis")
    return meld_3(
        is_female=sex.isin(FEMALE).astype(float), **{name: columns[name] for name in names}
    )


def _child_pugh(columns: Columns, settings: ScoreSettings) -> Score:
    inputs = {name: columns[name] for name in _CHILD_PUGH}
    return child_pugh_points(**inputs, limits=settings.child_pugh)


def _child_pugh_class(columns: Columns, settings: ScoreSettings) -> Score:
    return child_pugh_class(_child_pugh(columns, settings))


SCORES: Mapping[str, _Kind] = {
    "fib4": _from_columns(fib4, *_FIB4),
    "apri": _from_columns(apri, *_APRI),
    "albi": _from_columns(albi, *_ALBI),
    "albi_grade": _from_columns(albi_grade, *_ALBI),
    "nfs": _from_columns(nafld_fibrosis_score, *_NFS),
    "meld": _from_meld(meld, *_MELD),
    "meld_na": _from_meld(meld_na, *_MELD_NA),
    "meld_3": _Kind((*_MELD_NA, "albumin_g_per_l", "sex"), _meld_3),
    "child_pugh_points": _Kind(_CHILD_PUGH, _child_pugh),
    "child_pugh_class": _Kind(_CHILD_PUGH, _child_pugh_class),
}
WHOLE = ("albi_grade", "meld", "meld_na", "meld_3", "child_pugh_points")


def compute_scores(patients: pd.DataFrame, settings: ScoreSettings | None = None) -> pd.DataFrame:
    """Return every score of every patient, and why a score is missing.

    Dialysis is taken from a column `dialysis`; where it is absent or empty the patient counts
    as not on dialysis, which the creatinine then decides alone.

    Args:
        patients: Rows of `patients.csv`; any of its columns may be absent.
        settings: What scores need beside it; the default leaves APRI to the patients' own
            upper limits.

    Returns:
        With the index of `patients`, for each name of `SCORES` the score (floats; Int64 for
        those of `WHOLE`; text for the class) and `<name>_reason` (text): one of the two is
        missing in every row.
    """
    chosen = settings or ScoreSettings()
    rows = _fill_upper_limit(patients, chosen)
    reasons = pd.DataFrame(
        {
            name: explain_input(rows, name)
            for name in sorted({name for kind in SCORES.values() for name in kind.inputs})
        },
        index=rows.index,
    )
    columns = _read_columns(rows, reasons)
    table = {}
    for name, kind in SCORES.items():
        why = join_reasons(reasons[list(kind.inputs)])
        score = kind.compute(columns, chosen).mask(why.notna())
        table[name] = score.astype("Int64") if name in WHOLE else score
        table[f"{name}_reason"] = why
    return pd.DataFrame(table, index=patients.index)


def _fill_upper_limit(patients: pd.DataFrame, settings: ScoreSettings) -> pd.DataFrame:
    if settings.ast_upper_limit_u_per_l is None:
        return patients
    own = patients.get(UPPER_LIMIT, pd.Series(np.nan, index=patients.index))
    filled = pd.to_numeric(own).fillna(settings.ast_upper_limit_u_per_l)
    return patients.assign(**{UPPER_LIMIT: filled})


def _read_columns(rows: pd.DataFrame, reasons: pd.DataFrame) -> dict[str, pd.Series]:
    columns = {
        name: rows[name] if name in TEXT_INPUTS else pd.to_numeric(rows[name])
        for name in reasons
        if name in rows
    }
    empty = {
        name: pd.Series(pd.NA, index=rows.index, dtype="string")
        if name in TEXT_INPUTS
        else pd.Series(np.nan, index=rows.index)
        for name in reasons
        if name not in rows
    }
    dialysis = rows.get("dialysis", pd.Series(0.0, index=rows.index))
    return columns | empty | {"dialysis": pd.to_numeric(dialysis).fillna(0.0)}
