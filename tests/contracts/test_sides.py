from dataclasses import replace

import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sides import Sides, check_sides, choose_sides
from cirrhosis.contracts.splits import write_splits
from tests.made_store import make_split


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    return make_split(tmp_path_factory.mktemp("splits") / "s.csv")


@pytest.mark.parametrize("protocol", ["nested", "fixed_epochs"])
def test_every_training_patient_is_held_out_once(splits, protocol):
    sides = [choose_sides(splits, fold, protocol=protocol, minimum_stopping=1) for fold in range(5)]
    held_out = [name for side in sides for name in side.held_out]
    assert len(held_out) == len(set(held_out)) == 60
    for side in sides:
        check_sides(side)
        parts = [*side.train, *side.stopping, *side.held_out]
        assert sorted(parts) == sorted(held_out)
        assert len(side.tests["external"]) == 10


def test_nested_stops_on_the_next_fold(splits):
    sides = [choose_sides(splits, fold, protocol="nested", minimum_stopping=1) for fold in range(5)]
    for fold, side in enumerate(sides):
        assert side.stopping == sides[(fold + 1) % 5].held_out


def test_few_stopping_patients_turn_nested_into_fixed_epochs(splits):
    side = choose_sides(splits, 0, protocol="nested", minimum_stopping=15)
    assert side.protocol == "fixed_epochs"
    assert "fold 1 has 6 patients of the rarer class" in side.note
    assert side.stopping == ()
    assert len(side.train) == 48


def test_a_fold_of_one_class_is_not_stopped_on(splits):
    table = splits.table
    one_class = (table["fold"] == 1) & (table["target"] == 0)
    side = choose_sides(replace(splits, table=table[~one_class]), 0, protocol="nested")
    assert "fold 1 has 0 patients of the rarer class" in side.note


def test_two_folds_leave_nothing_beside_the_stopping_fold(tmp_path):
    splits = make_split(tmp_path / "s.csv", n_folds=2)
    for fold in (0, 1):
        side = check_sides(choose_sides(splits, fold, protocol="nested", minimum_stopping=1))
        assert side.protocol == "fixed_epochs"
        assert "has 30 of the 30 patients that are not held out" in side.note
        assert len(side.train) == len(side.held_out) == 30


def test_nested_does_not_stop_on_a_center_larger_than_all_others(tmp_path):
    table = make_split(tmp_path / "s.csv").table
    training = table["split"] == "training"
    # Fold 0 is a centre of 40 patients; folds 1 and 2 have ten each.
    number = pd.Series(range(len(table)))
    folds = (number - 30).clip(lower=0).floordiv(10).clip(upper=2).where(training)
    splits = write_splits(table.assign(fold=folds.astype("Int64")), tmp_path / "centers.csv")
    sides = [choose_sides(splits, fold, protocol="nested", minimum_stopping=1) for fold in range(3)]
    assert [side.protocol for side in sides] == ["nested", "nested", "fixed_epochs"]
    assert [len(side.train) for side in sides] == [10, 40, 50]


def test_paper_stops_on_the_held_out_fold(splits):
    side = check_sides(choose_sides(splits, 2, protocol="paper"))
    assert side.stopping == side.held_out
    assert len(side.train) == 48


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": ("A",)}, "train and held out"),
        ({"stopping": ("A",)}, "stopping and held out"),
        ({"tests": {"external": ("A",)}}, "held out and test"),
        ({"train": ("B",), "stopping": ("B",)}, "train and stopping"),
        ({"train": ("B",), "tests": {"external": ("B",)}}, "train and test"),
    ],
)
def test_a_patient_on_two_sides_is_refused(changes, message):
    content = {"train": (), "stopping": (), "held_out": ("A",), "tests": {}} | changes
    with pytest.raises(ContractError, match=message):
        check_sides(Sides("nested", **content))


def test_unknown_fold_and_protocol_are_refused(splits):
    with pytest.raises(ContractError, match=r"a fold of 0..4"):
        choose_sides(splits, 5, protocol="nested")
    with pytest.raises(ContractError, match="protocol nested, paper or fixed_epochs"):
        choose_sides(splits, 0, protocol="best")


@pytest.mark.parametrize("protocol", ["nested", "fixed_epochs"])
@pytest.mark.parametrize(("fold", "without"), [(0, 1), (3, 1), (4, 0), (3, 4)])
def test_a_pair_of_folds_takes_part_in_nothing_and_is_the_same_both_ways(
    splits, protocol, fold, without
):
    single = {
        k: choose_sides(splits, k, protocol=protocol, minimum_stopping=1) for k in (fold, without)
    }
    one, other = (
        choose_sides(splits, first, protocol=protocol, minimum_stopping=1, without=second)
        for first, second in ((fold, without), (without, fold))
    )
    assert check_sides(one) == other
    assert set(one.held_out) == {*single[fold].held_out, *single[without].held_out}
    assert set(one.held_out).isdisjoint([*one.train, *one.stopping])
    assert len(one.train) + len(one.stopping) == 36
    assert one.tests == {}
    if protocol == "nested":
        # One whole fold, and none of the two.
        assert len(one.stopping) == 12


def test_a_pair_stops_on_the_next_fold_that_is_not_held_out(splits):
    stops = {}
    for pair in [(0, 1), (0, 4), (2, 3), (3, 4), (1, 3)]:
        side = choose_sides(splits, pair[0], protocol="nested", minimum_stopping=1, without=pair[1])
        names = splits.table.set_index("patient_id").loc[list(side.stopping), "fold"]
        [stops[pair]] = names.unique()
    assert stops == {(0, 1): 2, (0, 4): 1, (2, 3): 4, (3, 4): 0, (1, 3): 4}


@pytest.mark.parametrize(
    ("fold", "options", "message"),
    [
        (2, {"without": 2}, "two different folds, but got 2 twice"),
        (2, {"without": 7}, r"a fold of 0..4 in the split 's', got 7"),
        (2, {"without": 1, "protocol": "paper"}, "decides nothing on held-out folds"),
    ],
)
def test_pairs_without_meaning_are_refused(splits, fold, options, message):
    with pytest.raises(ContractError, match=message):
        choose_sides(splits, fold, **({"protocol": "nested"} | options))


def test_a_pair_needs_a_fold_to_learn_from(tmp_path):
    few = make_split(tmp_path / "few.csv", n_folds=2)
    with pytest.raises(ContractError, match="at least 3 folds"):
        choose_sides(few, 0, protocol="nested", minimum_stopping=1, without=1)
    three = make_split(tmp_path / "three.csv", n_folds=3)
    side = choose_sides(three, 0, protocol="nested", minimum_stopping=1, without=1)
    # The only fold left cannot be stopped on.
    assert (side.protocol, len(side.train)) == ("fixed_epochs", 20)
