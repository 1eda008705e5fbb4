"""Columns that follow from others: scores of blood tests, and the number of lesions in words."""

import pandas as pd

from cirrhosis.clinical.score_table import SCORES, ScoreSettings, compute_scores

REASON = "_reason"


def derive_columns(facts: pd.DataFrame, *, scores: ScoreSettings | None = None) -> pd.DataFrame:
    """Add scores, why they are missing, and `lesion_number` (`none`, `solitary`, `multiple`).

    A column that the cohort has itself is kept as it is.

    Args:
        facts: Output of `join_facts`.
        scores: What scores need beside the patients' own values.
    """
    derived = compute_scores(facts, scores)
    given = [name for name in SCORES if name in facts]
    derived = derived.drop(columns=[*given, *(f"{name}{REASON}" for name in given)])
    if "lesion_count" in facts and "lesion_number" not in facts:
        words = facts["lesion_count"].clip(upper=2).map({0: "none", 1: "solitary", 2: "multiple"})
        derived["lesion_number"] = words.astype("string")
    return facts.join(derived)
