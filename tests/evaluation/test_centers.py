"""Centres: each row against direct calls, the spread against its definition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import chi2, norm, t

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.center_settings import CenterSettings
from cirrhosis.evaluation.center_spread import CenterEstimate, estimate_error, pool_centers
from cirrhosis.evaluation.centers import evaluate_centers
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.calibration import calibration_slope, observed_to_expected
from cirrhosis.statistics.discrimination import auroc_interval
from tests.phantom_evaluation import simulate

SETTINGS = replace(EvaluationSettings(), centers=CenterSettings(models=("cnn",)))
KEYS = ["model", "split", "center"]


@pytest.fixture(scope="module")
def cohort():
    return simulate(900)


@pytest.fixture(scope="module")
def found(cohort):
    return evaluate_centers(cohort.predictions, cohort.facts, settings=SETTINGS)


def scores_of(cohort, *, split=None, center):
    rows = cohort.predictions[cohort.predictions["model"] == "cnn"]
    rows = rows[rows["split"] == split] if split else rows[rows["split"] != "training"]
    mean = rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))
    return mean[cohort.facts["center"].loc[mean.index].eq(center).to_numpy(dtype=bool)]


@pytest.mark.parametrize(("split", "place"), [("external", "external"), (None, "all_tests")])
def test_a_row_is_the_statistics_of_a_centre_s_patients(cohort, found, split, place):
    rows = scores_of(cohort, split=split, center="2")
    row = found.centers.set_index(KEYS).loc[("cnn", place, "2")]
    area = auroc_interval(rows["y_true"], rows["y_score"])
    assert (row["n"], row["n_positive"]) == (len(rows), rows["y_true"].sum())
    assert (row["auroc"], row["auroc_low"]) == pytest.approx((area.value, area.low), rel=1e-12)
    ratio = observed_to_expected(rows["y_true"], rows["y_score"])
    slope = calibration_slope(rows["y_true"], rows["y_score"], clip=0.001)
    for name, expected in (("observed_to_expected", ratio), ("calibration_slope", slope)):
        got = row[[name, f"{name}_low", f"{name}_high"]].astype(float)
        assert got.tolist() == pytest.approx([expected.value, expected.low, expected.high])


def test_all_test_patients_together_keep_their_number(found):
    n = found.centers.groupby("split")["n"].sum()
    assert n["all_tests"] == n[["internal_1", "internal_2", "external"]].sum()


def test_a_small_centre_keeps_its_counts_and_is_left_out_of_the_spread(found):
    small = found.centers[found.centers["suppressed"]]
    assert set(small["center"]) == {"3"}
    assert small[["auroc", "observed_to_expected", "calibration_slope"]].isna().all().all()
    assert (small["n"] > 0).all()
    spread = found.heterogeneity.set_index(["split", "measure"]).loc[("external", "auroc")]
    assert (spread["n_centers"], spread["n_left_out"]) == (2, 1)
    assert "1 groups" in spread["reason"]


def test_a_centre_is_unseen_if_no_model_learnt_from_it(cohort, found):
    unseen = found.centers.set_index(["split", "center"])["center_unseen"]
    assert not unseen[[("training", "1"), ("internal_1", "1"), ("all_tests", "1")]].any()
    assert unseen[[("external", "2"), ("external", "4"), ("all_tests", "4")]].all()


def leave_one_center_out(cohort):
    """Everybody in training, each centre one fold, every row by the model that left it out."""
    folds = cohort.facts["center"].astype(int) - 1
    facts = cohort.facts.assign(split="training", fold=folds.astype("Int64"))
    rows = cohort.predictions.query("model == 'cnn'").drop_duplicates("patient_id")
    fold = folds.loc[rows["patient_id"]].to_numpy()
    return rows.assign(split="training", fold=fold), facts


def test_a_centre_that_is_a_fold_is_unseen_in_training(cohort):
    predictions, facts = leave_one_center_out(cohort)
    found = evaluate_centers(predictions, facts, settings=SETTINGS)
    assert found.centers["split"].eq("training").all()
    assert found.centers["center"].tolist() == ["1", "2", "3", "4"]
    assert found.centers["center_unseen"].all()
    # One patient in another fold is enough: that fold's complement holds the centre.
    moved = facts.copy()
    moved.loc[facts.index[facts["center"].eq("2")][0], "fold"] = 0
    found = evaluate_centers(predictions, moved, settings=SETTINGS)
    seen = found.centers.set_index("center")["center_unseen"]
    assert seen.to_dict() == {"1": True, "2": False, "3": True, "4": True}


def test_the_spread_is_der_simonian_and_laird_s_on_the_logit_scale(cohort, found):
    values, variances = [], []
    for center in ("1", "2", "4"):
        rows = scores_of(cohort, center=center)
        positive = rows["y_score"][rows["y_true"] == 1].to_numpy()
        negative = rows["y_score"][rows["y_true"] == 0].to_numpy()
        wins = (np.sign(positive[:, None] - negative) + 1) / 2
        variance = wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(
            negative
        )
        area = wins.mean()
        values.append(logit(area))
        variances.append(variance / (area * (1 - area)) ** 2)
    y, w = np.array(values), 1 / np.array(variances)
    q = float(w @ (y - w @ y / w.sum()) ** 2)
    tau = max(0.0, (q - 2) / (w.sum() - (w**2).sum() / w.sum()))
    star = 1 / (np.array(variances) + tau)
    mean, error = star @ y / star.sum(), star.sum() ** -0.5
    row = found.heterogeneity.set_index(["split", "measure"]).loc[("all_tests", "auroc")]
    assert row["q"] == pytest.approx(q)
    assert row["p"] == pytest.approx(chi2.sf(q, 2))
    assert (row["i_squared"], row["tau_squared"]) == pytest.approx((max(0, 1 - 2 / q), tau))
    ends = expit(mean + np.array([-1, 0, 1]) * norm.ppf(0.975) * error)
    assert row[["pooled_low", "pooled", "pooled_high"]].tolist() == pytest.approx(ends.tolist())
    half = t.ppf(0.975, 1) * np.sqrt(tau + error**2)
    ends = expit([mean - half, mean + half])
    assert row[["prediction_low", "prediction_high"]].tolist() == pytest.approx(ends.tolist())
    assert row["prediction_method"] == "t_with_1_degrees_of_freedom"


def test_errors_come_back_out_of_their_limits():
    half = norm.ppf(0.975) * 0.2
    found = estimate_error(
        1.5, 1.5 * np.exp(-half), 1.5 * np.exp(half), measure="observed_to_expected",
        confidence_level=0.95,
    )  # fmt: skip
    assert found.error == pytest.approx(0.2)
    assert estimate_error(1.0, None, None, measure="calibration_slope", confidence_level=0.95) == (
        CenterEstimate(1.0, None)
    )


def test_an_area_of_1_and_two_centres_give_what_they_can():
    estimates = [CenterEstimate(1.0, None), CenterEstimate(0.8, 0.3), CenterEstimate(0.9, 0.4)]
    row = pool_centers("auroc", estimates, confidence_level=0.95)
    assert (row["n_centers"], row["n_left_out"]) == (2, 1)
    assert 0.8 < row["pooled"] < 0.9
    assert (row["prediction_low"], row["prediction_high"]) == (None, None)
    assert "three centres" in row["prediction_method"]
    alone = pool_centers("auroc", estimates[:2], confidence_level=0.95)
    assert (alone["q"], alone["pooled"]) == (None, None)
    assert "needs two groups" in alone["reason"]


def test_patients_without_a_centre_are_a_row_outside_the_spread(cohort, found):
    facts = cohort.facts.copy()
    facts.loc[facts.index[facts["center"].eq("4")], "center"] = pd.NA
    changed = evaluate_centers(cohort.predictions, facts, settings=SETTINGS)
    row = changed.centers.set_index(KEYS).loc[("cnn", "external", "missing")]
    assert row["n"] == facts["center"].isna().sum()
    spread = changed.heterogeneity.set_index(["split", "measure"])
    assert spread.loc[("external", "auroc"), "n_centers"] == 1


def test_a_cohort_without_centres_has_one_row_and_a_reason(cohort):
    facts = cohort.facts.drop(columns="center")
    table = evaluate_centers(cohort.predictions, facts, settings=SETTINGS).centers
    assert table["center"].eq("missing").all()
    assert table["reason"].str.contains("no column 'center'").all()
    settings = replace(SETTINGS, centers=CenterSettings(column="hospital"))
    with pytest.raises(ContractError, match="the column 'hospital' in patients"):
        evaluate_centers(cohort.predictions, cohort.facts, settings=settings)


def test_only_probabilities_are_calibrated(cohort):
    settings = replace(SETTINGS, centers=CenterSettings(models=("fib4",)))
    found = evaluate_centers(cohort.predictions, cohort.facts, settings=settings)
    assert found.centers["observed_to_expected"].isna().all()
    assert found.centers["auroc"].notna().any()
    spread = found.heterogeneity.set_index(["split", "measure"])
    assert spread.loc[("all_tests", "calibration_slope"), "n_centers"] == 0
    assert spread.loc[("all_tests", "auroc"), "n_centers"] == 3
