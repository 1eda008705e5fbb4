"""Predictive values over prevalences: Bayes by hand, the split's own value at its prevalence."""

import numpy as np
import pytest

from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.operating_points import find_operating_points
from cirrhosis.evaluation.operating_settings import OperatingSettings
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.prevalence import COLUMNS, project_predictive_values
from cirrhosis.evaluation.settings import EvaluationSettings

SETTINGS = EvaluationSettings()
KEYS = ["model", "split", "operating_point", "prevalence"]


@pytest.fixture(scope="module")
def table(predictions):
    return project_predictive_values(predictions, settings=SETTINGS)


def test_values_are_bayes_rule(table):
    se, sp, share = table["sensitivity"], table["specificity"], table["prevalence"]
    hits, alarms = se * share, (1 - sp) * (1 - share)
    rest, misses = sp * (1 - share), (1 - se) * share
    np.testing.assert_allclose(table["ppv"], hits / (hits + alarms))
    np.testing.assert_allclose(table["npv"], rest / (rest + misses))


def test_at_the_splits_own_prevalence_they_are_those_of_table_2(predictions):
    settings = EvaluationSettings(
        operating_points=OperatingSettings(prevalences=(0.5,)),
        calibration=CalibrationSettings(n_resamples=0),
    )
    table = project_predictive_values(predictions, settings=settings).set_index(KEYS)
    rows = evaluate_models(predictions, settings=settings).set_index(["model", "split"])
    for model in ("cnn", "fib4", "reader_1"):
        found = table.loc[(model, "internal_1", "own_threshold", 0.5)]
        expected = rows.loc[(model, "internal_1")]
        assert found["prevalence_in_split"] == 0.5
        for name in ("ppv", "npv"):
            for part in ("", "_low", "_high"):
                assert found[f"{name}{part}"] == pytest.approx(expected[f"{name}{part}"])
        assert found["threshold"] == expected["threshold"] or np.isnan(expected["threshold"])


def test_the_points_are_those_of_the_grey_zone(predictions, table):
    points = find_operating_points(predictions, settings=SETTINGS).set_index(["model", "split"])
    rows = table.set_index(["model", "split", "operating_point"]).sort_index()
    for name, rate in (("rule_out", "sensitivity"), ("rule_in", "specificity")):
        found = rows.loc[("cnn", "internal_1", name)].iloc[0]
        expected = points.loc[("cnn", "internal_1")]
        assert found["threshold"] == expected[f"{name}_threshold"]
        assert found[rate] == expected[f"{name}_{rate}"]


def test_rarer_disease_lowers_ppv_and_raises_npv(table):
    for _, rows in table.groupby(["model", "split", "operating_point"]):
        ordered = rows.sort_values("prevalence")
        assert (ordered["ppv"].diff().dropna() >= 0).all()
        assert (ordered["npv"].diff().dropna() <= 0).all()


def test_there_is_a_row_per_point_and_prevalence(table):
    counts = table.groupby(["model", "split"]).size()
    assert counts.loc["cnn"].tolist() == [27, 27]
    assert counts.loc["reader_1"].tolist() == [9, 9]
    assert set(table["prevalence"]) == set(SETTINGS.operating_points.prevalences)
    assert set(table["ppv_method"]) == {"bayes_mercaldo_logit"}


def test_training_rows_say_what_chose_the_threshold(table):
    of_fib4 = table[(table["model"] == "fib4") & (table["split"] == "training")]
    chosen = of_fib4.groupby("operating_point")["selected"].first().to_dict()
    assert chosen == {
        "own_threshold": "threshold",
        "rule_in": "threshold+rule_out_and_rule_in",
        "rule_out": "threshold+rule_out_and_rule_in",
    }
    assert not table.loc[table["split"] == "internal_1", "selected_on_same_rows"].any()


def test_without_thresholds_only_readers_have_rows(predictions):
    tests = predictions[predictions["split"] != "training"]
    assert set(project_predictive_values(tests, settings=SETTINGS)["model"]) == {"reader_1"}


def test_columns_are_there_with_and_without_rows(predictions, table):
    tests = predictions[(predictions["model"] == "cnn") & (predictions["split"] != "training")]
    nothing = project_predictive_values(tests, settings=SETTINGS)
    assert nothing.empty
    assert list(nothing.columns) == list(table.columns) == COLUMNS
