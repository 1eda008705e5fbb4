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
