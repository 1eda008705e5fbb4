"""Table 1: numbers of scipy and R, gaps with reasons, words one by one."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, fisher_exact, mannwhitneyu

from cirrhosis.clinical.score_table import compute_scores
from cirrhosis.evaluation.baseline import BY_WORD, COLUMNS, describe_baseline
from cirrhosis.evaluation.cohort_settings import BaselineSettings, CohortSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from tests.evaluation.made_facts import make_facts, make_small


def choose(*columns, **changes):
    """Return settings that describe these columns only."""
    cohort = CohortSettings(
        baseline=BaselineSettings(columns=columns, **changes), ast_upper_limit_u_per_l=None
    )
    return EvaluationSettings(cohort=cohort)


@pytest.fixture(scope="module")
def facts():
    return make_facts()


@pytest.fixture(scope="module")
def table(facts):
    return describe_baseline(facts, settings=EvaluationSettings())


def cell(table, variable, group, level=None):
    """Return the one row of a variable, group and level."""
    rows = table[(table["variable"] == variable) & (table["group"] == group)]
    rows = rows[rows["level"].isna() if level is None else rows["level"] == level]
    assert len(rows) == 1
    return rows.iloc[0]


def test_numbers_are_those_of_numpy_and_scipy(facts, table):
    training = facts.loc[facts["split"] == "training", "platelets_e9_per_l"]
    external = facts.loc[facts["split"] == "external", "platelets_e9_per_l"]
    row = cell(table, "platelets_e9_per_l", "external")
    known = external.dropna().to_numpy()
    assert [row["q1"], row["median"], row["q3"]] == pytest.approx(
        np.percentile(known, [25, 50, 75])
    )
    assert (row["mean"], row["sd"]) == pytest.approx((known.mean(), known.std(ddof=1)))
    assert (row["minimum"], row["maximum"]) == (known.min(), known.max())
    assert row["n_missing"] == external.isna().sum() > 0
    assert row["missing_share"] == pytest.approx(external.isna().mean())
    test = mannwhitneyu(training.dropna(), known)
    assert (row["statistic"], row["p_value"]) == pytest.approx((test.statistic, test.pvalue))
    apart = known.mean() - training.mean()
    spread = np.sqrt((known.var(ddof=1) + training.var()) / 2)
    assert row["standardised_difference"] == pytest.approx(apart / spread)
    assert row["n_test"] == len(known) + training.notna().sum()


def test_words_are_those_of_scipy(facts, table):
    counts = pd.crosstab(facts["split"], facts["field_strength_t"])
    expected = chi2_contingency(counts.loc[["training", "internal_2"]], correction=False)
    row = cell(table, "field_strength_t", "internal_2")
    assert (row["statistic"], row["p_value"]) == pytest.approx(expected[:2])
    assert (row["test"], row["degrees_of_freedom"]) == ("chi_square", 1)
    level = cell(table, "field_strength_t", "internal_2", "1.5")
    assert level["count"] == counts.loc["internal_2", 1.5]
    assert level["share"] == pytest.approx(level["count"] / level["n"])
    assert pd.isna(level["p_value"])


def test_a_cell_of_several_words_counts_under_each(facts, table):
    has_hcv = facts["etiology"].str.split(";").map(lambda words: "hcv" in words)
    both = pd.crosstab(facts["split"], has_hcv).loc[["training", "internal_1"]]
    row = cell(table, "etiology", "internal_1", "hcv")
    assert row["count"] == both.loc["internal_1", True]
    assert row["p_value"] == pytest.approx(fisher_exact(both).pvalue)
    whole = cell(table, "etiology", "internal_1")
    assert (whole["reason"], pd.isna(whole["p_value"])) == (BY_WORD, True)
    # Somebody has both viruses, so the counts exceed the patients.
    of_all = table[(table["variable"] == "etiology") & (table["group"] == "all")]
    assert of_all["count"].sum() > of_all["n"].iloc[0]


def test_every_split_stands_beside_training_and_all_is_compared_with_nothing(table):
    of_age = table[(table["variable"] == "age_years") & (table["grouping"] == "split")]
    assert of_age["group"].tolist() == ["training", "internal_1", "internal_2", "external", "all"]
    assert of_age["p_value"].notna().tolist() == [False, True, True, True, False]
    assert of_age["n_patients"].iloc[:4].sum() == of_age["n_patients"].iloc[4]
    assert list(table.columns) == list(COLUMNS)


def test_classes_of_training_are_compared_on_request(facts, table):
    training = facts[facts["split"] == "training"]
    sides = [training.loc[training["target"] == label, "inr"].dropna() for label in (0, 1)]
    row = cell(table, "inr", "positive")
    assert row["p_value"] == pytest.approx(mannwhitneyu(*sides).pvalue)
    assert row["compared_with"] == "negative"
    of_label = table["variable"].isin(["target", "fibrosis_stage"])
    assert set(table.loc[of_label, "grouping"]) == {"split"}
    without = describe_baseline(facts, settings=choose("inr", by_class=False))
    assert set(without["grouping"]) == {"split"}


def test_a_score_that_is_missing_says_why(facts, table):
    row = cell(table, "child_pugh_class", "training")
    reasons = compute_scores(facts[facts["split"] == "training"])["child_pugh_class_reason"]
    without_inr = reasons.str.contains("no inr").sum()
    assert without_inr > 0
    assert f"no inr ({without_inr})" in row["reason"]
    assert row["n_missing"] == reasons.notna().sum()


def test_a_column_of_the_cohort_is_not_replaced_by_a_score():
    facts = make_small(meld=range(12))
    row = cell(describe_baseline(facts, settings=choose("meld")), "meld", "training")
    assert (row["median"], row["n"], row["reason"]) == (2.5, 6, "")


def test_an_absent_column_says_so_once_per_group():
    table = describe_baseline(make_small(), settings=choose("artifact", by_class=False))
    assert table["reason"].str.contains("no column 'artifact'").all()
    assert table["n"].eq(0).all()
    assert len(table) == 4


def test_a_column_without_any_value_is_undefined_with_a_reason():
    facts = make_small(age_years=[50.0] * 6 + [None] * 6, sex=["male"] * 6 + [None] * 6)
    table = describe_baseline(facts, settings=choose("age_years", "sex"))
    age, sex = (cell(table, name, "external") for name in ("age_years", "sex"))
    assert (age["n"], sex["n"]) == (0, 0)
    assert age[["median", "p_value", "standardised_difference"]].isna().all()
    assert "absent" in age["reason"]
    assert "no patient" in sex["reason"]
    assert pd.isna(cell(table, "sex", "external", "male")["share"])


def test_a_stage_written_as_a_decimal_is_the_same_stage():
    facts = make_small(fibrosis_stage=["4.0", "4", "3"] * 4)
    table = describe_baseline(facts, settings=choose("fibrosis_stage"))
    assert cell(table, "fibrosis_stage", "training", "4")["count"] == 4


def test_a_word_that_separates_the_groups_has_no_distance_and_says_why():
    facts = make_small(artifact=["none"] * 6 + ["minor"] * 6)
    row = cell(
        describe_baseline(facts, settings=choose("artifact")), "artifact", "external", "minor"
    )
    assert pd.isna(row["standardised_difference"])
    assert "neither has a spread" in row["reason"]


def test_lesions_are_counted_in_words():
    facts = make_small(lesion_count=[0, 1, 2, 5, 1, None] + [0] * 6)
    table = describe_baseline(facts, settings=choose("lesion_number"))
    counts = {
        level: cell(table, "lesion_number", "training", level)["count"]
        for level in ("none", "solitary", "multiple")
    }
    assert counts == {"none": 1, "solitary": 2, "multiple": 2}


def test_excluded_patients_and_the_order_of_patients_play_no_part(facts):
    settings = choose("age_years", "etiology", "specimen", "meld")
    expected = describe_baseline(facts, settings=settings)
    shuffled = facts.sample(frac=1, random_state=1)
    takes_part = shuffled["excluded_for"].isna()
    wild = {
        "age_years": shuffled["age_years"].where(takes_part, 99),
        "specimen": shuffled["specimen"].where(takes_part, "of nobody who takes part"),
    }
    changed = describe_baseline(shuffled.assign(**wild), settings=settings)
    pd.testing.assert_frame_equal(changed, expected)


def test_a_monte_carlo_test_can_be_repeated_and_does_not_depend_on_other_columns(facts):
    alone, both = (
        describe_baseline(facts, settings=choose(*names, most_partial_tables=1, by_class=False))
        for names in (["specimen"], ["lesion_type", "specimen"])
    )
    row = cell(alone, "specimen", "internal_1")
    assert row["test"].startswith("fisher_monte_carlo")
    assert 0.01 < row["p_value"] < 0.99
    assert row["p_value"] == cell(both, "specimen", "internal_1")["p_value"]


@pytest.mark.parametrize("case", ["a_n16", "b_n44", "c_n1315"])
def test_the_table_equals_r(shared_data, case):
    folder = shared_data / "oracle" / "table1"
    expected = json.loads((folder / "expected.json").read_text())[case]
    rows = pd.read_csv(folder / f"{case}.csv", keep_default_na=False, na_values=["", "NA"])
    facts = rows.set_axis([f"P{at}" for at in range(len(rows))]).assign(
        split=np.where(rows["group"] == 0, "training", "external"),
        target=rows["group"],
        excluded_for=pd.NA,
    )
    names = list(expected)
    settings = choose(*names, several_words=(), by_class=False)
    table = describe_baseline(facts, settings=settings)
    n_compared = 0
    for name in names:
        answer, row = expected[name], cell(table, name, "external")
        if answer["type"] == "numeric":
            found = (row["p_value"], row["statistic"], row["standardised_difference"])
            test = answer["mann_whitney"]
            known = (test["p_r_default"], test["U_group0"], answer["smd_pooled_sd"])
            assert found == pytest.approx(known, rel=1e-9), name
            of_group = [row[key] for key in ("n", "mean", "sd", "median", "q1", "q3")]
            of_r = answer["group1"]
            assert of_group == pytest.approx(
                [of_r[key] for key in ("n", "mean", "sd", "median", "q1", "q3")]
            )
        else:
            exact = answer["min_expected"] < 5
            p_value = answer["fisher_p"] if exact else answer["chisq_no_correction"]["p"]
            assert row["p_value"] == pytest.approx(p_value, rel=1e-7), name
            counts = [
                int(cell(table, name, "external", level)["count"]) for level in answer["levels"]
            ]
            assert counts == [int(count) for count in answer["counts_group1"]]
        n_compared += 1
    assert n_compared == 10
