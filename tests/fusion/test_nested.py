"""Nested fusion: forest k is fitted on scores of CNNs that did not see fold k."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.fusion import stacking
from cirrhosis.fusion.fold_model import fit_fold
from cirrhosis.fusion.pair_rows import check_pair_rows
from cirrhosis.fusion.stacking import fuse
from tests.fusion.made_cohort import N_FOLDS


@pytest.fixture
def nested(settings):
    return replace(settings, nested=True)


@pytest.fixture
def pairs(cohort):
    cnn, _ = cohort
    training = cnn[cnn["split"] == "training"]
    rng = np.random.default_rng(11)
    every = [
        training[training["fold"] != without].assign(without=without) for without in range(N_FOLDS)
    ]
    table = pd.concat(every, ignore_index=True)
    return table.assign(y_score=rng.random(len(table)))


def test_the_forest_of_a_fold_sees_only_scores_of_cnns_without_that_fold(
    cohort, nested, pairs, monkeypatch
):
    tasks = {}

    def spy(task, *, settings, seed):
        tasks[task.model, task.fold] = task
        return fit_fold(task, settings=settings, seed=seed)

    monkeypatch.setattr(stacking, "fit_fold", spy)
    result = fuse(*cohort, settings=nested, seed=3, pairs=pairs)
    outer = cohort[0].set_index(["patient_id", "fold"])["y_score"]
    scores = pairs.set_index(["patient_id", "without"])["y_score"]
    for fold in range(N_FOLDS):
        task = tasks["combined", fold]
        assert len(task.fitting) == 80
        assert fold not in set(task.fitting["fold"])
        expected = scores[[(name, fold) for name in task.fitting["patient_id"]]]
        assert task.fitting_variables["cnn_score"].tolist() == expected.tolist()
        # What it scores, it scores with the CNN that is used in the end.
        own = outer[[(name, fold) for name in task.scored["patient_id"]]]
        assert task.scored_variables["cnn_score"].tolist() == own.tolist()
    protocols = result.predictions.groupby("model")["protocol"].unique()
    assert protocols["combined"].tolist() == ["nested_fusion"]
    assert protocols["cnn"].tolist() == protocols["clinical"].tolist() == ["nested"]


def test_pairs_are_used_only_when_asked_for(cohort, settings, pairs, result):
    same = fuse(*cohort, settings=settings, seed=3, pairs=pairs)
    pd.testing.assert_frame_equal(same.predictions, result.predictions)


def test_rows_of_other_combinations_and_seeds_are_ignored(cohort, pairs):
    more = pd.concat([pairs, pairs.assign(sequences="t1"), pairs.assign(seed=99)])
    one, two = (check_pair_rows(table, cohort[0]) for table in (pairs, more))
    pd.testing.assert_frame_equal(one, two)


def test_a_pair_may_have_trained_another_number_of_epochs(cohort, pairs):
    pairs.loc[pairs["without"] == 2, "protocol"] = "fixed_epochs"
    assert len(check_pair_rows(pairs, cohort[0])) == len(pairs)


def test_missing_pairs_are_named_with_the_command(cohort, nested, pairs):
    with pytest.raises(ContractError, match="train them with fold=pairs"):
        fuse(*cohort, settings=nested, seed=3)
    command = r"'1-3'. Train them with `cirrhosis train -m sequences=t1\+t2 fold=pairs`"
    without = pairs[~((pairs["fold"] == 1) & (pairs["without"] == 3))]
    with pytest.raises(ContractError, match=rf"all 10 pairs of folds.*1 lack scores: {command}"):
        fuse(*cohort, settings=nested, seed=3, pairs=without)
    with pytest.raises(ContractError, match="10 lack scores"):
        fuse(*cohort, settings=nested, seed=3, pairs=pairs.iloc[:0])


@pytest.mark.parametrize(
    ("column", "value"), [("experiment", "other"), ("variant", "v2"), ("y_true", 1)]
)
def test_pairs_of_another_configuration_or_label_are_refused(cohort, nested, pairs, column, value):
    pairs.loc[0, column] = value
    with pytest.raises(ContractError, match=f"pair rows with the {column} of the CNN's rows"):
        fuse(*cohort, settings=nested, seed=3, pairs=pairs)


def test_repeated_pair_rows_are_refused(cohort, nested, pairs):
    with pytest.raises(ContractError, match="one row per patient and pair of folds"):
        fuse(*cohort, settings=nested, seed=3, pairs=pd.concat([pairs, pairs.head(1)]))
