"""Subgroups: each row against direct calls on the rows that belong to it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.cell_settings import CellSettings
from cirrhosis.evaluation.cells import explain_suppression
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.subgroup_settings import SubgroupSettings, SubgroupVariable
from cirrhosis.evaluation.subgroups import evaluate_subgroups
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired, compare_auroc_unpaired
from cirrhosis.statistics.classification import sensitivity, specificity
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.multiplicity import adjust_p_values
from cirrhosis.statistics.thresholds import youden_threshold
from tests.phantom_evaluation import simulate

SETTINGS = EvaluationSettings()
KEYS = ["model", "split", "variable", "level"]


def choose(*variables, cells=None, **options):
    """Settings with these variables; a name alone is taken as it is."""
    made = tuple(SubgroupVariable(one) if isinstance(one, str) else one for one in variables)
    subgroups = SubgroupSettings(**({"models": ("cnn",), "variables": made} | options))
    return replace(SETTINGS, subgroups=subgroups, cells=cells or CellSettings())


@pytest.fixture(scope="module")
def cohort():
    return simulate(400)


@pytest.fixture(scope="module")
def two_splits(cohort):
    """Rows of training and one test split, where the others would say the same."""
    rows = cohort.predictions
    return rows[rows["split"].isin(["training", "internal_2"])]


@pytest.fixture(scope="module")
def found(cohort):
    return evaluate_subgroups(cohort.predictions, cohort.facts, settings=SETTINGS)


@pytest.fixture(scope="module")
def forest(found):
    return found.forest.set_index(KEYS)


@pytest.fixture(scope="module")
def scores(cohort):
    return cohort.predictions.groupby(["model", "split", "patient_id"], as_index=False).agg(
        y_true=("y_true", "first"), y_score=("y_score", "mean")
    )


def rows_of(cohort, scores, model, split, **wanted):
    rows = scores[(scores["model"] == model) & (scores["split"] == split)]
    facts = cohort.facts.loc[rows["patient_id"]]
    is_here = np.ones(len(rows), dtype=bool)
    for column, value in wanted.items():
        is_here &= facts[column].eq(value).fillna(False).to_numpy(dtype=bool)
    return rows[is_here]


def test_every_patient_of_a_split_is_in_one_level_of_each_variable(found):
    table = found.forest
    n = table.groupby(["model", "split", "variable"])[["n", "n_positive"]].sum()
    overall = n.xs("overall", level="variable")
    for variable in [one.column for one in SETTINGS.subgroups.all_variables]:
        pd.testing.assert_frame_equal(n.xs(variable, level="variable"), overall)
    assert set(table["model"]) == {"combined", "cnn"}
    assert not table.duplicated(KEYS).any()


@pytest.mark.parametrize("split", ["training", "internal_2"])
@pytest.mark.parametrize(
    ("column", "value", "level"),
    [("sex", "male", "male"), ("field_strength_t", 3.0, "3")],
)
def test_a_row_is_the_statistics_of_its_patients(
    cohort, scores, forest, split, column, value, level
):
    rows = rows_of(cohort, scores, "cnn", split, **{column: value})
    row = forest.loc[("cnn", split, column, level)]
    area = auroc_interval(rows["y_true"], rows["y_score"])
    assert (row["n"], row["n_positive"]) == (len(rows), rows["y_true"].sum())
    limits = row[["auroc", "auroc_low", "auroc_high"]].tolist()
    assert limits == pytest.approx([area.value, area.low, area.high], rel=1e-12)
    training = rows_of(cohort, scores, "cnn", "training")
    threshold = youden_threshold(training["y_true"], training["y_score"]).threshold
    assert row["threshold"] == threshold
    calls = (rows["y_score"] >= threshold).astype(int)
    for name, measure in (("sensitivity", sensitivity), ("specificity", specificity)):
        expected = measure(rows["y_true"], calls)
        got = tuple(row[[name, f"{name}_low", f"{name}_high", f"{name}_n"]])
        assert got == (expected.value, expected.low, expected.high, expected.n)
    assert row["selected_on_same_rows"] == (split == "training")
    assert row["protocol"] == "nested"


def test_models_are_compared_inside_a_subgroup_on_its_patients(cohort, scores, forest):
    first = rows_of(cohort, scores, "cnn", "internal_2", sex="male")
    second = rows_of(cohort, scores, "combined", "internal_2", sex="male")
    expected = compare_auroc_paired(first["y_true"], first["y_score"], second["y_score"])
    row = forest.loc[("cnn", "internal_2", "sex", "male")]
    names = ["model_difference", "model_difference_low", "model_difference_p"]
    assert tuple(row[names]) == (expected.difference, expected.low, expected.p_value)
    assert (row["reference_model"], row["model_difference_n"]) == ("combined", expected.n)
    assert forest.xs("combined")["model_difference"].isna().all()


def test_levels_are_compared_on_the_patients_of_levels_that_are_shown(cohort, scores, found):
    tests = found.interactions.set_index(["model", "split", "variable"])
    row = tests.loc[("cnn", "training", "sex")]
    groups = [rows_of(cohort, scores, "cnn", "training", sex=sex) for sex in ("female", "male")]
    columns = [rows[name] for rows in groups for name in ("y_true", "y_score")]
    expected = compare_auroc_unpaired(*columns, reference="t")
    assert (row["auroc_difference"], row["auroc_p"]) == (expected.difference, expected.p_value)
    assert row["auroc_p_method"] == "delong_unpaired_t"
    assert (row["levels"], row["n"]) == ("female | male", expected.n)
    # Repeated beside each level, and adjusted over the variables of this model and split.
    beside = found.forest.query("model == 'cnn' and split == 'training' and variable == 'sex'")
    assert set(beside["auroc_p"]) == {expected.p_value}
    family = found.interactions.query("model == 'cnn' and split == 'training'")
    p_values = [None if np.isnan(p) else p for p in family["auroc_p"]]
    holm = adjust_p_values(p_values, method="holm")
    pd.testing.assert_series_equal(
        family["auroc_p_holm"], pd.Series(holm, index=family.index), check_names=False
    )


def test_a_small_group_keeps_its_counts_and_takes_part_in_nothing(cohort):
    cells = CellSettings(minimum_n=200, minimum_rarer_class=5)
    found = evaluate_subgroups(
        cohort.predictions, cohort.facts, settings=choose("sex", cells=cells)
    )
    forest = found.forest.set_index(KEYS)
    row = forest.loc[("cnn", "training", "sex", "female")]
    assert 5 < row["n"] < 200
    assert row["suppressed"]
    assert row["reason"] == f"suppressed: {row['n']} patients, fewer than 200"
    estimates = ["auroc", "auroc_low", "sensitivity", "specificity", "model_difference"]
    assert row[estimates].isna().all()
    assert forest.loc[("cnn", "training", "sex", "male"), "auroc"] > 0.5
    test = found.interactions.set_index(["model", "split"]).loc[("cnn", "training")]
    assert test[["auroc_p", "slope_p", "auroc_difference"]].isna().all()
    assert (test["n_levels"], test["n_suppressed"]) == (1, row["n"])
    assert "fewer than two levels" in test["reason"]


def test_the_rarer_class_decides_whether_a_large_group_is_small(cohort):
    cells = CellSettings(minimum_n=0, minimum_rarer_class=1000)
    table = evaluate_subgroups(
        cohort.predictions, cohort.facts, settings=choose("sex", cells=cells)
    ).forest
    assert table["auroc"].isna().all()
    assert table["reason"].str.contains("of the rarer class, fewer than 1000").all()


@pytest.mark.parametrize(("n_positive", "n_negative"), [(40, 4), (4, 40)])
def test_many_patients_of_one_class_do_not_make_up_for_few_of_the_other(n_positive, n_negative):
    counts = {"n": 44, "n_positive": n_positive, "n_negative": n_negative}
    expected = "suppressed: 4 patients of the rarer class, fewer than 5"
    assert explain_suppression(counts, CellSettings()) == expected
    assert explain_suppression(counts, CellSettings(minimum_rarer_class=4)) is None


def test_small_groups_may_have_another_interval(cohort):
    cells = CellSettings(small_group_auroc_method="logit", small_group_rarer_class=30)
    table = evaluate_subgroups(
        cohort.predictions, cohort.facts, settings=choose("sex", cells=cells)
    ).forest
    shown = table[~table["suppressed"]]
    is_small = shown[["n_positive", "n_negative"]].min(axis=1) < 30
    assert is_small.any()
    assert (shown["auroc_method"] == np.where(is_small, "logit", "delong")).all()


def test_missing_values_are_a_row_that_no_test_looks_at(cohort):
    facts = cohort.facts.copy()
    lost = facts.index[facts["split"].eq("training")][:60]
    facts.loc[lost, "sex"] = pd.NA
    found = evaluate_subgroups(cohort.predictions, facts, settings=choose("sex"))
    row = found.forest.set_index(KEYS).loc[("cnn", "training", "sex", "missing")]
    assert (row["n"], row["is_missing"]) == (60, True)
    assert row["auroc"] > 0.5
    test = found.interactions.set_index(["model", "split"]).loc[("cnn", "training")]
    assert (test["n_missing"], test["n_levels"]) == (60, 2)
    assert test["n"] == facts["split"].eq("training").sum() - 60


def make_perfect(cohort, *, split, field_strength_t):
    """Let both models be right about everybody at one field strength on one split."""
    table = cohort.predictions
    here = (
        table["split"].eq(split)
        & table["score_kind"].eq("probability")
        & table["patient_id"].isin(
            cohort.facts.index[cohort.facts["field_strength_t"].eq(field_strength_t)]
        )
    )
    return table.assign(y_score=table["y_score"].where(~here, 0.25 + table["y_true"] / 2))


def test_an_area_of_1_has_no_limits_and_no_delong_p(cohort):
    predictions = make_perfect(cohort, split="internal_2", field_strength_t=1.5)
    settings = choose("field_strength_t")
    found = evaluate_subgroups(predictions, cohort.facts, settings=settings)
    row = found.forest.set_index(KEYS).loc[("cnn", "internal_2", "field_strength_t", "1.5")]
    assert row["auroc"] == 1
    assert row[["auroc_low", "auroc_high"]].isna().all()
    assert "no variance" in row["reason"]
    test = found.interactions.set_index(["model", "split"]).loc[("cnn", "internal_2")]
    assert test["auroc_p_method"] == "permutation_unpaired_9999"
    assert 0 < test["auroc_p"] <= 1
    assert pd.isna(test["auroc_difference_low"])
    assert pd.isna(test["slope_p"])
    assert "separates the classes" in test["reason"]
    # Both models are right about everybody: no difference, and no p value of DeLong either.
    assert row["model_difference"] == 0
    assert row["model_difference_method"] != "delong_paired"


def test_an_unknown_column_is_refused_and_an_absent_one_of_the_contract_is_not(cohort):
    with pytest.raises(ContractError, match="the column 'shoe_size'"):
        evaluate_subgroups(
            cohort.predictions, cohort.facts, settings=choose("sex", columns=("shoe_size",))
        )
    facts = cohort.facts.drop(columns="sex")
    found = evaluate_subgroups(cohort.predictions, facts, settings=choose("sex"))
    rows = found.forest[found.forest["variable"] == "sex"]
    assert (rows["level"] == "missing").all()
    assert rows["reason"].str.startswith("the clinical table has no column 'sex'").all()
    assert found.interactions["auroc_p"].isna().all()


def test_any_column_makes_subgroups(cohort):
    facts = cohort.facts.assign(ward=np.resize(["a", "b"], len(cohort.facts)))
    settings = choose(
        SubgroupVariable("age_years", kind="numeric", quantiles=3, name="age_thirds"),
        columns=("ward",),
    )
    forest = evaluate_subgroups(cohort.predictions, facts, settings=settings).forest
    n_levels = forest.groupby("variable")["level"].nunique()
    assert n_levels.to_dict() == {"overall": 1, "age_thirds": 3, "ward": 2}


def test_a_patient_without_facts_is_refused(cohort):
    facts = cohort.facts.drop(index=cohort.predictions["patient_id"].iloc[0])
    with pytest.raises(ContractError, match="1 are absent: 'digital-"):
        evaluate_subgroups(cohort.predictions, facts, settings=choose("sex"))


def test_a_run_without_the_named_models_is_looked_at_with_its_other_ones(cohort, two_splits):
    settings = choose("sex", models=("mlp", "reader_1"))
    table = evaluate_subgroups(two_splits, cohort.facts, settings=settings).forest
    assert set(table["model"]) == {"reader_1"}
    assert table["threshold_source"].eq("the_call_itself").all()
    # A call is no probability, and the reader is not named: only the models remain.
    settings = choose("sex", models=("mlp",))
    table = evaluate_subgroups(two_splits, cohort.facts, settings=settings).forest
    assert set(table["model"]) == {"combined", "cnn"}
    only_reader = two_splits.query("model == 'reader_1'")
    table = evaluate_subgroups(only_reader, cohort.facts, settings=settings).forest
    assert set(table["model"]) == {"reader_1"}
    settings = choose("sex", models=())
    table = evaluate_subgroups(two_splits, cohort.facts, settings=settings).forest
    assert set(table["model"]) == {"combined", "cnn", "fib4", "reader_1"}


def test_the_order_of_rows_changes_nothing(cohort, two_splits):
    settings = choose("sex", "manufacturer")
    in_order, shuffled = (
        evaluate_subgroups(predictions, facts, settings=settings)
        for predictions, facts in (
            (two_splits, cohort.facts),
            (
                two_splits.sample(frac=1, random_state=1),
                cohort.facts.sample(frac=1, random_state=2),
            ),
        )
    )
    pd.testing.assert_frame_equal(shuffled.forest, in_order.forest)
    pd.testing.assert_frame_equal(shuffled.interactions, in_order.interactions)
