"""Derived columns: scores with reasons, the cohort's own columns kept."""

import pandas as pd

from cirrhosis.clinical.score_table import ScoreSettings
from cirrhosis.clinical.scores import apri, fib4
from cirrhosis.evaluation.derived_columns import derive_columns
from tests.evaluation.made_facts import make_facts, make_small


def test_scores_stand_beside_their_reasons():
    facts = make_facts()
    derived = derive_columns(facts)
    names = ("age_years", "ast_u_per_l", "alt_u_per_l", "platelets_e9_per_l")
    expected = fib4(**{name: facts[name] for name in names})
    pd.testing.assert_series_equal(derived["fib4"].astype(float), expected, check_names=False)
    assert (derived["fib4"].isna() == derived["fib4_reason"].notna()).all()
    pd.testing.assert_frame_equal(derived[facts.columns], facts)


def test_apri_takes_the_stated_limit_where_a_patient_has_none():
    facts = make_small(ast_u_per_l=80.0, platelets_e9_per_l=90.0)
    assert derive_columns(facts)["apri"].isna().all()
    derived = derive_columns(facts, scores=ScoreSettings(ast_upper_limit_u_per_l=40.0))
    expected = apri(ast_u_per_l=80, ast_upper_limit_u_per_l=40, platelets_e9_per_l=90)
    assert derived["apri"].eq(float(expected)).all()


def test_the_cohort_s_own_column_stays():
    derived = derive_columns(make_small(meld=7.0, lesion_number="several"))
    assert derived["meld"].eq(7).all()
    assert "meld_reason" not in derived
    assert derived["lesion_number"].eq("several").all()
