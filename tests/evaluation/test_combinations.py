"""Choosing a sequence combination: rules, ties, no look at test rows."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.selection_settings import SelectionSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired


def make_cnn(sequences, scores, folds=None):
    """Return training rows of ten patients, five of each class."""
    return pd.DataFrame(
        {
            "experiment": "demo",
            "variant": "v1",
            "model": "cnn",
            "sequences": sequences,
            "protocol": "nested",
            "seed": 1,
            "fold": np.arange(10) % 2 if folds is None else folds,
            "split": "training",
            "patient_id": [f"P{k}" for k in range(10)],
            "y_true": [0] * 5 + [1] * 5,
            "y_score": np.array(scores) / 100,
            "score_kind": "probability",
            "y_pred": pd.NA,
        }
    )


UNBALANCED = [10, 20, 30, 40, 50, 15, 60, 70, 80, 90]
BALANCED = [10, 20, 30, 40, 75, 25, 60, 70, 80, 90]
POOR = [10, 80, 30, 70, 50, 35, 60, 20, 80, 90]


@pytest.fixture
def predictions():
    return pd.concat(
        [make_cnn("pvp+t1", UNBALANCED), make_cnn("t2", BALANCED), make_cnn("t1", POOR)],
        ignore_index=True,
    )


def choose(predictions, **choices):
    table = compare_combinations(predictions, settings=EvaluationSettings(**choices))
    assert table["chosen"].sum() == 1
    assert set(table["rule"]) == {choices.get("rule", "article")}
    return table.loc[table["chosen"], "sequences"].item()


def test_a_worked_table(predictions):
    table = compare_combinations(predictions, settings=EvaluationSettings())
    table = table.set_index("sequences")
    # UNBALANCED: 15 is below four negatives. BALANCED: 25 is below three, 60 and 70 below 75.
    assert table.loc["pvp+t1", "auroc"] == pytest.approx(21 / 25)
    assert table.loc["t2", "auroc"] == pytest.approx(20 / 25)
    at_youden = table[["sensitivity", "specificity"]]
    assert at_youden.loc["pvp+t1"].tolist() == [0.8, 1.0]
    assert at_youden.loc["t2"].tolist() == [0.8, 0.8]
    assert table.loc["t2", "imbalance"] == pytest.approx(0)
    assert table["selected_on_same_rows"].all()
    assert table["n"].eq(10).all()


def test_rules_choose_by_their_word(predictions):
    assert choose(predictions, rule="auroc") == "pvp+t1"
    # Within 0.05 of 0.84 lies 0.80, and it is balanced.
    assert choose(predictions, rule="article", auroc_tolerance=0.05) == "t2"
    assert choose(predictions, rule="article", auroc_tolerance=0.01) == "pvp+t1"
    # One standard error of 0.84 reaches 0.80; t2 needs one sequence less.
    assert choose(predictions, rule="parsimony") == "t2"


def test_a_distance_of_exactly_the_tolerance_counts(predictions):
    assert choose(predictions, rule="article", auroc_tolerance=0.04) == "t2"


def test_ties_go_to_fewer_sequences():
    same = pd.concat([make_cnn("t1+t2", UNBALANCED), make_cnn("t2", UNBALANCED)])
    for rule in ("auroc", "article", "parsimony"):
        assert choose(same, rule=rule) == "t2"


def test_the_best_is_compared_with_a_warning(predictions):
    table = compare_combinations(predictions, settings=EvaluationSettings())
    table = table.set_index("sequences")
    expected = compare_auroc_paired([0] * 5 + [1] * 5, POOR, UNBALANCED)
    assert table.loc["t1", "auroc_p"] == pytest.approx(expected.p_value)
    assert table.loc["t1", "auroc_difference"] == pytest.approx(expected.difference)
    assert np.isnan(table.loc["pvp+t1", "auroc_p"])
    assert table["note"].str.contains("no valid inference").all()


def test_the_largest_stands_first_and_every_rule_is_marked(predictions):
    settings = EvaluationSettings(rule="parsimony", selection=SelectionSettings(n_resamples=99))
    table = compare_combinations(predictions, settings=settings).set_index("sequences")
    assert table.index.tolist() == ["pvp+t1", "t2", "t1"]
    assert table["chosen_by_auroc"].tolist() == [True, False, False]
    assert table["chosen_by_parsimony"].tolist() == [False, True, False]
    assert table["chosen"].equals(table["chosen_by_parsimony"])
    assert table["chosen_share"].sum() == pytest.approx(1)
    assert table["compared_with"].fillna("").tolist() == ["", "pvp+t1", "pvp+t1"]
    # What the choice adds is told of the chosen one alone.
    assert table["auroc_corrected"].notna().tolist() == [False, True, False]
    chosen = table.loc["t2"]
    assert chosen["auroc_corrected"] == pytest.approx(chosen["auroc"] - chosen["optimism"])


def test_other_patients_are_named(predictions):
    alone = predictions[~((predictions["sequences"] == "t1") & (predictions["patient_id"] == "P0"))]
    table = compare_combinations(alone, settings=EvaluationSettings())
    assert table["note"].str.contains("different patients").all()
    assert table.set_index("sequences").loc["t1", "comparison_n"] == 9


def test_test_rows_choose_nothing(predictions):
    test = make_cnn("t1", [0] * 5 + [100] * 5).assign(split="external")
    test["patient_id"] = "E" + test["patient_id"]
    with_test = pd.concat([predictions, test])
    for rule in ("auroc", "article", "parsimony"):
        settings = EvaluationSettings(rule=rule)
        pd.testing.assert_frame_equal(
            compare_combinations(with_test, settings=settings),
            compare_combinations(predictions, settings=settings),
        )


def test_seeds_choose_each_for_itself(predictions):
    both = pd.concat([predictions, predictions.assign(seed=2)])
    table = compare_combinations(both, settings=EvaluationSettings(rule="auroc"))
    assert table[table["chosen"]]["seed"].tolist() == [1, 2]


def test_one_class_chooses_nothing_and_says_why(predictions):
    table = compare_combinations(
        predictions[predictions["y_true"] == 1], settings=EvaluationSettings()
    )
    assert not table["chosen"].any()
    assert table["reason"].str.contains("positive").all()


def test_protocol_paper_marks_the_epoch(predictions):
    table = compare_combinations(
        predictions.assign(protocol="paper"), settings=EvaluationSettings()
    )
    assert table["selected"].eq("threshold+combination+epoch").all()
