"""Points of calibration curves: bins by hand, the line of the smoother."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.calibration_curves import COLUMNS, calibration_points
from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.proportions import proportion_interval
from cirrhosis.statistics.recalibration import fit_logistic_map
from cirrhosis.statistics.smooth_calibration import smooth_calibration

SETTINGS = EvaluationSettings(calibration=CalibrationSettings(n_bins=5, n_points=20))


@pytest.fixture(scope="module")
def table(predictions):
    return calibration_points(predictions, settings=SETTINGS)


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def points_of(table, model, split, kind):
    rows = table[(table["model"] == model) & (table["split"] == split) & (table["kind"] == kind)]
    return rows.sort_values("point")


def test_bins_are_groups_of_sorted_patients(predictions, table):
    assert list(table.columns) == COLUMNS
    ordered = scores_of(predictions, "cnn", "internal_1").sort_values("y_score")
    bins = points_of(table, "cnn", "internal_1", "quantile_bin")
    for (_, row), at in zip(bins.iterrows(), range(0, 50, 10), strict=True):
        rows = ordered.iloc[at : at + 10]
        expected = proportion_interval(int(rows["y_true"].sum()), 10, method="wilson")
        assert (row["n"], row["n_positive"]) == (10, rows["y_true"].sum())
        assert row["predicted"] == pytest.approx(rows["y_score"].mean())
        assert (row["observed"], row["low"], row["high"]) == (
            expected.value,
            expected.low,
            expected.high,
        )
        assert row["method"] == "wilson"


def test_the_line_is_the_smoothers(predictions, table):
    scores = scores_of(predictions, "cnn", "internal_1")
    smooth = smooth_calibration(scores["y_true"], scores["y_score"])
    line = points_of(table, "cnn", "internal_1", "smooth")
    assert len(line) == 20
    known = dict(zip(smooth.predicted, smooth.observed, strict=True))
    assert [known[x] for x in line["predicted"]] == line["observed"].tolist()
    assert line["predicted"].is_monotonic_increasing
    assert (line["predicted"].iloc[0], line["predicted"].iloc[-1]) == (
        smooth.predicted[0],
        smooth.predicted[-1],
    )
    assert set(line["method"]) == {"loess_interpolate"}
    assert set(line["n"]) == {50}
    assert line["low"].isna().all()


def test_scores_are_drawn_after_their_map(predictions, table):
    training, test = (scores_of(predictions, "fib4", split) for split in ("training", "internal_1"))
    mapped = fit_logistic_map(training["y_true"], training["y_score"]).apply(test["y_score"])
    bins = points_of(table, "fib4", "internal_1", "quantile_bin")
    assert (bins["predicted"] * bins["n"]).sum() == pytest.approx(mapped.sum())
    assert set(bins["probability_source"]) == {"logistic_map_fitted_on_training"}
    of_training = points_of(table, "fib4", "training", "quantile_bin")
    assert set(of_training["selected"]) == {"threshold+logistic_map"}


def test_calls_have_no_curve(table):
    assert set(table["model"]) == {"combined", "cnn", "fib4"}


def test_patients_with_one_probability_share_a_bin(predictions):
    score = predictions["y_score"].where(
        predictions["model"] != "cnn", predictions["y_score"].round(1)
    )
    rounded = predictions.assign(y_score=score)
    rounded = rounded[(rounded["split"] == "training") & (rounded["model"] == "cnn")]
    bins = calibration_points(rounded, settings=EvaluationSettings())
    bins = bins[bins["kind"] == "quantile_bin"]
    assert bins["n"].sum() == 80
    assert len(bins) <= rounded["y_score"].nunique()
    # No probability lies in two bins: means are apart by more than rounding.
    assert (np.diff(bins["predicted"]) > 0.05).all()


def test_a_probability_on_an_edge_belongs_to_the_lower_bin(predictions):
    rows = predictions[(predictions["model"] == "cnn") & (predictions["split"] == "training")]
    stepped = rows.assign(y_score=np.repeat([0.2, 0.4, 0.6, 0.8], 20))
    # 0.2 twenty times, 0.4 forty times, 0.8 twenty times: the edge of two bins is 0.4.
    odd = stepped.assign(y_score=stepped["y_score"].where(stepped["y_score"] != 0.6, 0.4))
    settings = EvaluationSettings(calibration=CalibrationSettings(n_bins=2))
    bins = points_of(calibration_points(odd, settings=settings), "cnn", "training", "quantile_bin")
    assert bins["n"].tolist() == [60, 20]
    assert bins["predicted"].tolist() == pytest.approx([(0.2 * 20 + 0.4 * 40) / 60, 0.8])


def test_a_constant_probability_is_one_bin(predictions):
    constant = predictions[predictions["model"] == "cnn"].assign(y_score=0.4)
    table = calibration_points(constant, settings=SETTINGS)
    bins = points_of(table, "cnn", "internal_1", "quantile_bin")
    assert bins[["n", "predicted", "observed"]].to_numpy().tolist() == [
        [50, pytest.approx(0.4), 0.5]
    ]
    line = points_of(table, "cnn", "internal_1", "smooth")
    assert line["observed"].tolist() == pytest.approx([0.5])


def test_without_probabilities_there_are_columns_and_no_rows(predictions):
    calls = predictions[predictions["model"] == "reader_1"]
    table = calibration_points(calls, settings=SETTINGS)
    assert table.empty
    pd.testing.assert_index_equal(table.columns, pd.Index(COLUMNS))


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ({"smoother": "lowess"}, "loess_interpolate, loess_direct"),
        ({"score_scale": "sqrt"}, "identity, log"),
        ({"local_share": 1.0}, "local_share"),
        ({"n_bins": 1}, "two bins"),
    ],
)
def test_unknown_choices_are_refused(choices, text):
    with pytest.raises(ValueError, match=text):
        CalibrationSettings(**choices)
