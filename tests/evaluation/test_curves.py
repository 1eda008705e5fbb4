"""Points of ROC curves."""

import numpy as np
import pytest

from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.curves import COLUMNS, roc_points
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings


def test_area_under_the_points_is_the_reported_area(predictions):
    points = roc_points(predictions)
    assert list(points.columns) == COLUMNS
    without_intervals = CalibrationSettings(n_resamples=0)
    settings = EvaluationSettings(calibration=without_intervals)
    table = evaluate_models(predictions, settings=settings)
    expected = table.set_index(["model", "split"])["auroc"]
    for key, curve in points.groupby(["model", "split"]):
        assert np.trapezoid(curve["tpr"], curve["fpr"]) == pytest.approx(expected[key])


def test_a_reader_is_one_point_between_the_corners(predictions):
    points = roc_points(predictions).groupby(["model", "split"]).size()
    assert points[("reader_1", "internal_1")] == 3


def test_one_class_has_no_curve(predictions):
    points = roc_points(predictions[predictions["y_true"] == 1])
    assert points.empty
    assert list(points.columns) == COLUMNS


def test_points_say_whose_and_how_many_they_are(predictions):
    rows = roc_points(predictions).drop_duplicates(["model", "split"]).set_index(["model", "split"])
    training = rows.loc[("cnn", "training")]
    assert (training["n"], training["n_positive"], training["protocol"]) == (80, 40, "nested")
    assert training["selected"] == "combination"
    assert not rows.loc[("cnn", "internal_1"), "selected_on_same_rows"]
