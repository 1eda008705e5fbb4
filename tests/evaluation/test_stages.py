"""Stages and labels: shares and areas against direct calls on the rows of a stage."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from cirrhosis.evaluation.fibrosis_stages import find_metavir_stages
from cirrhosis.evaluation.label_cut_offs import TRAINED_FOR, compare_label_cut_offs
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.stage_settings import LabelCutOffSettings, StageSettings
from cirrhosis.evaluation.stages import evaluate_stages
from cirrhosis.evaluation.trend import correlate_ranks
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.proportions import proportion_interval
from cirrhosis.statistics.thresholds import youden_threshold
from tests.phantom_evaluation import simulate

SETTINGS = EvaluationSettings()
KEYS = ["model", "split", "stage_kind", "stage"]


@pytest.fixture(scope="module")
def cohort():
    return simulate(500)


@pytest.fixture(scope="module")
def found(cohort):
    return evaluate_stages(cohort.predictions, cohort.facts, settings=SETTINGS)


@pytest.fixture(scope="module")
def labels(cohort):
    return compare_label_cut_offs(cohort.predictions, cohort.facts, settings=SETTINGS)


@pytest.fixture(scope="module")
def scores(cohort):
    """The CNN's scores on the training rows, with stage and threshold."""
    rows = cohort.predictions.query("model == 'cnn' and split == 'training'")
    table = rows.set_index("patient_id")[["y_true", "y_score"]]
    stage = cohort.facts["fibrosis_stage"].loc[table.index].str[1].astype(int)
    return table.assign(
        stage=stage, threshold=youden_threshold(table["y_true"], table["y_score"]).threshold
    )


@pytest.mark.parametrize(("stage", "name"), [(3, "specificity"), (4, "sensitivity")])
def test_a_stage_has_the_quartiles_and_shares_of_its_patients(scores, found, stage, name):
    rows = scores[scores["stage"] == stage]
    n_positive = int((rows["y_score"] >= rows["threshold"]).sum())
    share = proportion_interval(n_positive, len(rows))
    table = found.stages.set_index(KEYS)
    for kind, label in (("metavir_equivalent", str(stage)), ("reported", f"beijing S{stage}")):
        row = table.loc[("cnn", "training", kind, label)]
        assert (row["n"], row["n_called_positive"]) == (len(rows), n_positive)
        quartiles = rows["y_score"].quantile([0.25, 0.5, 0.75]).tolist()
        assert row[["q1", "median", "q3"]].tolist() == quartiles
        assert (row["called_positive"], row["called_positive_low"]) == (share.value, share.low)
        assert row["right_is"] == name
        right = n_positive if name == "sensitivity" else len(rows) - n_positive
        expected = proportion_interval(right, len(rows))
        got = tuple(row[["called_rightly", "called_rightly_low", "called_rightly_high"]])
        assert got == (expected.value, expected.low, expected.high)


def test_the_stages_of_a_split_hold_all_its_patients(cohort, found):
    n = found.stages.groupby(["model", "split", "stage_kind"])["n"].sum().unstack()
    assert (n["metavir_equivalent"] == n["reported"]).all()
    assert n.loc[("cnn", "training"), "reported"] == cohort.facts["split"].eq("training").sum()


def test_the_highest_stage_is_told_from_each_lower_one_alone(scores, found):
    table = found.contrasts.set_index(["model", "split", "question", "against"])
    for lower in (3, 2, 1):
        rows = scores[scores["stage"].isin([4, lower])]
        area = auroc_interval(rows["stage"].eq(4).astype(int), rows["y_score"])
        row = table.loc[("cnn", "training", "auroc", lower)]
        assert (row["value"], row["low"]) == pytest.approx((area.value, area.low), rel=1e-12)
        assert row["n"] == len(rows)
    small = found.contrasts[found.contrasts["suppressed"]]
    assert len(small)
    assert small["value"].isna().all()
    assert small["reason"].str.contains("suppressed: ").all()


def test_scores_rise_with_the_stage(scores, found):
    row = found.contrasts.query(
        "model == 'cnn' and split == 'training' and question == 'trend'"
    ).iloc[0]
    expected = spearmanr(scores["stage"], scores["y_score"])
    assert row["value"] == pytest.approx(expected.statistic)
    assert row["p"] == pytest.approx(expected.pvalue)
    assert row["low"] < row["value"] < row["high"]


def test_the_interval_of_the_correlation_covers_as_often_as_it_says():
    # A normal pair of Pearson's r = 0.6 has Spearman's (6 / pi) asin(0.3); 300 seeded samples,
    # of which 273 to 296 cover in 99.8 % of repetitions.
    truth = 6 / np.pi * np.arcsin(0.3)
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(300):
        first, second = rng.normal(size=(2, 60))
        trend = correlate_ranks(first, 0.6 * first + 0.8 * second)
        covered += trend.low <= truth <= trend.high
    assert 273 <= covered <= 296


def test_a_correlation_that_does_not_exist_has_a_reason():
    few = correlate_ranks(np.arange(3.0), np.arange(3.0))
    assert (few.value, few.reason) == (None, "fewer than four patients")
    flat = correlate_ranks(np.ones(9), np.arange(9.0))
    assert (flat.value, flat.p_value) == (None, None)
    perfect = correlate_ranks(np.arange(9.0), np.arange(9.0))
    assert (perfect.value, perfect.low) == (1.0, None)
    assert "infinite" in perfect.reason


def test_a_small_stage_keeps_its_count(cohort):
    settings = replace(SETTINGS, stages=StageSettings(models=("cnn",), minimum_n=50))
    table = evaluate_stages(cohort.predictions, cohort.facts, settings=settings).stages
    small = table[table["n"] < 50]
    assert len(small)
    assert small["suppressed"].all()
    assert small[["median", "called_positive", "called_rightly"]].isna().all().all()
    assert small["reason"].str.endswith("patients, fewer than 50").all()
    assert table[table["n"] >= 50]["called_rightly"].notna().all()


def test_a_stage_with_both_classes_is_neither_sensitivity_nor_specificity(cohort):
    # The label of a column may cut through a stage.
    rows = cohort.predictions.query("model == 'cnn'")
    flipped = rows["patient_id"].isin(cohort.facts.index[::7])
    mixed = rows.assign(y_true=rows["y_true"].where(~flipped, 1 - rows["y_true"]))
    settings = replace(SETTINGS, stages=StageSettings(models=("cnn",)))
    table = evaluate_stages(mixed, cohort.facts, settings=settings).stages
    row = table.set_index(KEYS).loc[("cnn", "training", "metavir_equivalent", "4")]
    assert row["right_is"] == ""
    assert pd.isna(row["called_rightly"])
    assert row["called_positive"] > 0.5
    assert "both classes" in row["reason"]


def test_stages_nobody_knows_are_missing_and_counted(cohort):
    facts = cohort.facts.copy()
    lost, odd = facts.index[:20], facts.index[20:30]
    facts.loc[lost, "fibrosis_stage"] = pd.NA
    facts.loc[odd, "fibrosis_stage"] = "S9"
    assert find_metavir_stages(facts).loc[[*lost, *odd]].isna().all()
    settings = replace(SETTINGS, stages=StageSettings(models=("cnn",)))
    table = evaluate_stages(cohort.predictions, facts, settings=settings).stages
    n = table.query("stage == 'missing'").groupby("stage_kind")["n"].sum()
    assert n.to_dict() == {"metavir_equivalent": 30, "reported": 20}
    found = compare_label_cut_offs(cohort.predictions, facts, settings=SETTINGS)
    of_cnn = found.query("model == 'cnn' and label == 'F4'")
    assert of_cnn["n_unstaged"].sum() == 30
    assert found.query("is_primary")["n_unstaged"].eq(0).all()


def test_without_stages_there_is_one_row_and_no_label_but_the_primary(cohort):
    facts = cohort.facts.drop(columns=["fibrosis_scheme", "fibrosis_stage"])
    stages = evaluate_stages(cohort.predictions, facts, settings=SETTINGS).stages
    assert set(stages["stage"]) == {"missing"}
    labels = compare_label_cut_offs(cohort.predictions, facts, settings=SETTINGS)
    assert labels[~labels["is_primary"]]["n"].eq(0).all()


@pytest.mark.parametrize(("name", "stage"), [(">=F2", 2), (">=F3", 3), ("F4", 4)])
def test_a_label_is_judged_with_the_scores_and_threshold_of_the_primary(
    scores, labels, name, stage
):
    row = labels.set_index(["model", "split", "label"]).loc[("cnn", "training", name)]
    y_true = scores["stage"].ge(stage).astype(int)
    area = auroc_interval(y_true, scores["y_score"])
    assert (row["auroc"], row["auroc_high"]) == pytest.approx((area.value, area.high), rel=1e-12)
    assert (row["n"], row["n_positive"]) == (len(scores), y_true.sum())
    assert row["n_relabelled"] == (y_true != scores["y_true"]).sum()
    assert row["threshold"] == scores["threshold"].iloc[0]
    calls = scores["y_score"] >= scores["threshold"]
    assert row["sensitivity"] == calls[y_true == 1].mean()
    assert row["specificity"] == (~calls)[y_true == 0].mean()
    assert row["note"] == TRAINED_FOR


def test_the_primary_row_is_the_label_of_the_split(labels):
    table = labels.set_index(["model", "split", "label"])
    primary, same = (table.xs(name, level="label") for name in ("primary", "F4"))
    # Beijing S4 is the label here, so both are one label.
    columns = ["n", "n_positive", "auroc", "auroc_low", "sensitivity", "specificity"]
    pd.testing.assert_frame_equal(primary[columns], same[columns])
    assert (same["n_relabelled"] == 0).all()
    assert (primary["note"] == "").all()


def test_ishak_5_is_tried_as_cirrhosis_and_as_not(cohort):
    facts = cohort.facts.copy()
    metavir = facts["fibrosis_stage"].str[1].astype(int)
    to_ishak = {0: "0", 1: "2", 2: "3", 3: "4", 4: "6"}
    facts = facts.assign(fibrosis_scheme="ishak", fibrosis_stage=metavir.map(to_ishak))
    fives = facts.index[metavir.eq(4)][:40]
    facts.loc[fives, "fibrosis_stage"] = "5"
    settings = replace(SETTINGS, label_cut_offs=LabelCutOffSettings(models=("cnn",)))
    table = compare_label_cut_offs(cohort.predictions, facts, settings=settings)
    n = table.groupby("label")["n_positive"].sum()
    assert n["F4 with Ishak 5"] - n["F4 without Ishak 5"] == 40
    assert n["F4 with Ishak 5"] == n["primary"]
    n_relabelled = table.groupby("label")["n_relabelled"].sum()
    assert n_relabelled[["F4 with Ishak 5", "F4 without Ishak 5"]].tolist() == [0, 40]
    assert ">=F3" in n.index
    flags = table.drop_duplicates("label").set_index("label")["ishak_5_is_cirrhosis"]
    assert bool(flags["F4 with Ishak 5"])
    assert not bool(flags["F4 without Ishak 5"])
    assert pd.isna(flags["primary"])


def test_a_label_that_nobody_can_miss_is_refused():
    with pytest.raises(ValueError, match=r"among 1, 2, 3 and 4, found \[0\]"):
        LabelCutOffSettings(minimum_stages=(0, 4))
