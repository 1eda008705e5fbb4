"""Decision curves: the definition by counting, an independent package, the two extremes."""

import dcurves
import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.decision_curves import COLUMNS, decision_points
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.recalibration import fit_logistic_map

SETTINGS = EvaluationSettings()


@pytest.fixture(scope="module")
def table(predictions):
    return decision_points(predictions, settings=SETTINGS)


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def curve_of(table, model, split="internal_1"):
    rows = table[(table["model"] == model) & (table["split"] == split)]
    return rows.set_index("threshold")


def count(truth, probability, threshold):
    called = probability >= threshold
    odds = threshold / (1 - threshold)
    return (called & (truth == 1)).mean() - (called & (truth == 0)).mean() * odds


def test_net_benefit_is_the_definition_by_counting(predictions, table):
    assert list(table.columns) == COLUMNS
    test = scores_of(predictions, "cnn", "internal_1")
    curve = curve_of(table, "cnn")
    assert len(curve) == 99
    for threshold in (0.01, 0.29, 0.5, 0.57, 0.99):
        row = curve.loc[threshold]
        assert row["net_benefit"] == pytest.approx(
            count(test["y_true"], test["y_score"], threshold)
        )
        assert row["treat_all"] == pytest.approx(
            count(test["y_true"], test["y_score"] * 0 + 1, threshold)
        )
        assert row["low"] <= row["net_benefit"] <= row["high"]
    assert (curve["n"] == 50).all()


def test_the_package_dcurves_agrees(predictions, table):
    test = scores_of(predictions, "combined", "internal_1").reset_index()
    thresholds = [round(number / 100, 2) for number in range(1, 100)]
    found = dcurves.dca(data=test, outcome="y_true", modelnames=["y_score"], thresholds=thresholds)
    expected = found[found["model"] == "y_score"]["net_benefit"].to_numpy()
    np.testing.assert_allclose(curve_of(table, "combined")["net_benefit"], expected, atol=1e-12)


def test_scores_enter_by_their_map_and_calls_as_they_are(predictions, table):
    training, test = (scores_of(predictions, "fib4", split) for split in ("training", "internal_1"))
    mapped = fit_logistic_map(training["y_true"], training["y_score"]).apply(test["y_score"])
    row = curve_of(table, "fib4").loc[0.4]
    assert row["net_benefit"] == pytest.approx(count(test["y_true"], mapped, 0.4))
    assert row["probability_source"] == "logistic_map_fitted_on_training"
    reader = scores_of(predictions, "reader_1", "internal_1")
    curve = curve_of(table, "reader_1")
    assert curve.loc[0.7, "net_benefit"] == pytest.approx(
        count(reader["y_true"], reader["y_score"], 0.7)
    )
    assert curve["tp_rate"].nunique() == 1
    assert set(curve["probability_source"]) == {"the_call_itself"}


def test_all_and_nobody_stand_beside_the_models(table):
    assert (curve_of(table, "treat_none")["net_benefit"] == 0).all()
    everybody = curve_of(table, "treat_all")
    np.testing.assert_allclose(everybody["net_benefit"], curve_of(table, "cnn")["treat_all"])
    assert everybody.loc[0.5, "net_benefit"] == pytest.approx(0)


def test_the_extremes_are_of_the_reference_models_patients(predictions):
    fewer = predictions[
        (predictions["model"] != "combined") | (predictions["patient_id"] != "P100")
    ]
    assert (curve_of(decision_points(fewer, settings=SETTINGS), "treat_all")["n"] == 49).all()
    without = fewer[fewer["model"] != "combined"]
    assert (curve_of(decision_points(without, settings=SETTINGS), "treat_all")["n"] == 50).all()


def test_marks_are_honest(table):
    assert set(curve_of(table, "fib4", "training")["selected"]) == {"threshold+logistic_map"}
    assert not curve_of(table, "cnn")["selected_on_same_rows"].any()
    assert curve_of(table, "combined", "training")["reason"].str.contains("optimistic").all()


def test_a_score_without_training_rows_has_no_curve(predictions):
    tests = predictions[predictions["split"] != "training"]
    models = set(decision_points(tests, settings=SETTINGS)["model"])
    assert models == {"combined", "cnn", "reader_1", "treat_all", "treat_none"}


def test_one_patient_has_no_interval_and_says_so(predictions):
    alone = predictions[
        (predictions["split"] == "training") | (predictions["patient_id"] == "P100")
    ]
    curve = curve_of(decision_points(alone, settings=SETTINGS), "cnn")
    assert curve["low"].isna().all()
    assert curve["reason"].eq("a variance needs two patients").all()
    assert (
        curve_of(decision_points(alone, settings=SETTINGS), "cnn", "training")["low"].notna().all()
    )


def test_one_class_is_no_obstacle(predictions):
    one_class = predictions[(predictions["split"] == "training") | (predictions["y_true"] == 1)]
    curve = curve_of(decision_points(one_class, settings=SETTINGS), "treat_all")
    pd.testing.assert_series_equal(
        curve["net_benefit"], pd.Series(1.0, index=curve.index), check_names=False
    )
