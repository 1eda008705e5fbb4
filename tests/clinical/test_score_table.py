"""A score is there or the reason is, never both and never neither."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.clinical.child_pugh import CHOLESTATIC
from cirrhosis.clinical.score_table import SCORES, WHOLE, ScoreSettings, compute_scores

PATIENT = {
    "age_years": 60.0,
    "sex": "female",
    "bmi_kg_per_m2": 30.0,
    "diabetes": 1.0,
    "ast_u_per_l": 80.0,
    "alt_u_per_l": 50.0,
    "platelets_e9_per_l": 90.0,
    "ast_upper_limit_u_per_l": 40.0,
    "total_bilirubin_umol_per_l": 51.3,
    "albumin_g_per_l": 28.0,
    "inr": 1.6,
    "creatinine_umol_per_l": 1.5 * 88.42,
    "sodium_mmol_per_l": 130.0,
    "ascites": "mild",
    "encephalopathy": "none",
}


def table_of(*changes):
    return pd.DataFrame([PATIENT | change for change in changes or ({},)])


def test_a_complete_patient_has_every_score_and_no_reason():
    row = compute_scores(table_of()).iloc[0]
    assert row["fib4"] == pytest.approx(7.5425, abs=5e-5)
    assert row["apri"] == pytest.approx(2.2222, abs=5e-5)
    assert row["nfs"] == pytest.approx(2.7970 + 0.66 * 0.4, abs=5e-5)
    assert (row["meld"], row["meld_na"], row["meld_3"]) == (20, 25, 26)
    assert (row["child_pugh_points"], row["child_pugh_class"]) == (8, "B")
    assert row["albi_grade"] == 3
    assert row.filter(regex="_reason$").isna().all()


@pytest.mark.parametrize("name", PATIENT)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_score_that_needs_a_lacking_column_says_so(name, how):
    patients = table_of().drop(columns=name) if how == "absent" else table_of({name: None})
    row = compute_scores(patients).iloc[0]
    word = {"absent": f"no column {name}", "empty": f"no {name}"}[how]
    for score, kind in SCORES.items():
        assert pd.isna(row[score]) == (name in kind.inputs)
        assert pd.isna(row[f"{score}_reason"]) == (name not in kind.inputs)
        if name in kind.inputs:
            assert row[f"{score}_reason"] == word


@pytest.mark.parametrize(
    ("changes", "score", "reason"),
    [
        ({"platelets_e9_per_l": 0.0}, "fib4", "platelets_e9_per_l is 0.0, expected a number above"),
        ({"ast_u_per_l": np.inf}, "apri", "ast_u_per_l is inf, expected a number above 0"),
        ({"sex": "unknown"}, "meld_3", "sex is unknown, expected one of female, f"),
        ({"ascites": "maybe"}, "child_pugh_class", "ascites is maybe, expected one of none"),
        ({"diabetes": 2.0}, "nfs", "diabetes is 2.0, expected 0 or 1"),
        ({"inr": None, "sex": None}, "meld_3", "no inr; no sex"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(changes, score, reason):
    row = compute_scores(table_of(changes)).iloc[0]
    assert pd.isna(row[score])
    assert row[f"{score}_reason"].startswith(reason) or reason in row[f"{score}_reason"]


CELL = {
    name: st.one_of(st.just(value), st.none(), st.just("?" if isinstance(value, str) else -1.0))
    for name, value in PATIENT.items()
}


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.fixed_dictionaries(CELL), min_size=1, max_size=4),
    st.sets(st.sampled_from(sorted(PATIENT))),
)
def test_score_or_reason_never_both_or_neither(rows, absent):
    patients = pd.DataFrame(rows).drop(columns=list(absent))
    found = compute_scores(patients)
    for score in SCORES:
        assert (found[score].isna() == found[f"{score}_reason"].notna()).all(), score


def test_the_table_keeps_the_patients_index_and_whole_scores():
    patients = table_of({}, {}).set_index(pd.Index(["A", "B"], name="patient_id"))
    found = compute_scores(patients)
    assert list(found.index) == ["A", "B"]
    assert all(str(found[name].dtype) == "Int64" for name in WHOLE)
    assert compute_scores(patients.iloc[:0]).shape == (0, 2 * len(SCORES))


def test_the_upper_limit_of_the_settings_fills_gaps_only():
    patients = table_of({}, {"ast_upper_limit_u_per_l": None})
    assert compute_scores(patients)["apri"].isna().tolist() == [False, True]
    found = compute_scores(patients, ScoreSettings(ast_upper_limit_u_per_l=20.0))["apri"]
    assert found.tolist() == pytest.approx([2.2222, 4.4444], abs=1e-4)
    without = table_of().drop(columns="ast_upper_limit_u_per_l")
    assert compute_scores(without, ScoreSettings(ast_upper_limit_u_per_l=40.0))["apri"][
        0
    ] == pytest.approx(2.2222, abs=1e-4)


def test_limits_of_cholestatic_disease_are_a_setting():
    found = compute_scores(
        table_of({"total_bilirubin_umol_per_l": 60.0}), ScoreSettings(child_pugh=CHOLESTATIC)
    )
    assert found["child_pugh_points"].tolist() == [7]


def test_dialysis_counts_where_it_is_known():
    patients = table_of({}, {}).assign(dialysis=[None, 1.0])
    found = compute_scores(patients)
    assert found["meld"].tolist() == [20, 29]
    assert found["meld_reason"].isna().all()
