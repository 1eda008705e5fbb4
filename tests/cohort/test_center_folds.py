"""Leave-one-centre-out: a fold is a centre, small ones are merged by rule, groups stay whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.cohort.center_folds import CenterFoldSettings, fold_by_center
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import check_splits
from tests.cohort.made_patients import draw, make_cohort


def fold(sizes, *, groups=None, **options):
    """Fold centres of `{name: (negatives, positives)}`."""
    rows = [
        (center, label)
        for center, numbers in sizes.items()
        for label, number in enumerate(numbers)
        for _ in range(number)
    ]
    table = pd.DataFrame(rows, columns=["center", "target"])
    own = table.index.astype(str).to_series(index=table.index) if groups is None else groups
    found = fold_by_center(table["target"], own, table["center"], CenterFoldSettings(**options))
    return table.assign(fold=found.folds), found.names


def test_each_center_is_a_fold():
    table, names = fold({"B": (6, 5), "A": (5, 9), "C": (7, 7)})
    assert names["centers"].tolist() == ["A", "B", "C"]
    assert names["n"].tolist() == [14, 11, 14]
    assert names["n_positive"].tolist() == [9, 5, 7]
    assert (table.groupby("center")["fold"].nunique() == 1).all()


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # Two small centres are enough together.
        ({"A": (9, 9), "B": (3, 4), "C": (3, 2)}, ["A", "B+C"]),
        # One is not, and takes in the smallest sufficient one: the article's centres 3 and 4.
        ({"1": (400, 800), "2": (23, 43), "3": (3, 5), "4": (15, 26)}, ["1", "2", "3+4"]),
        # A centre of one class is small whatever its size.
        ({"A": (9, 9), "B": (0, 50), "C": (8, 8), "D": (20, 20)}, ["A", "B+C", "D"]),
    ],
)
def test_small_centers_are_merged_by_the_stated_rule(sizes, expected):
    _, names = fold(sizes)
    assert names["centers"].tolist() == expected


def test_small_centers_can_be_refused_or_the_minimum_lowered():
    sizes = {"A": (9, 9), "B": (1, 4), "C": (8, 8)}
    with pytest.raises(ContractError, match=r"1 centres have fewer: 'B: 1 negative, 4 positive'"):
        fold(sizes, small_centers="refuse")
    _, names = fold(sizes, minimum_per_class=1)
    assert names["centers"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize(
    "sizes", [{"A": (50, 50)}, {"A": (2, 9), "B": (9, 2)}, {"A": (9, 9), "B": (1, 1)}]
)
def test_fewer_than_two_usable_centers_are_refused_with_a_remedy(sizes):
    with pytest.raises(ContractError, match=r"at least two centres.*split=cross_validation"):
        fold(sizes)


def test_a_group_of_two_centers_stands_where_most_of_it_is():
    sizes = {"A": (6, 6), "B": (6, 6)}
    groups = pd.Series([f"G{at}" for at in range(24)])
    groups[[0, 1, 12]] = "big"  # two in A, one in B
    groups[[2, 13]] = "even"  # one each: the first name wins
    table, names = fold(sizes, groups=groups, minimum_per_class=2)
    assert table["fold"].groupby(groups).nunique().max() == 1
    assert table.loc[[0, 1, 12, 2, 13], "fold"].tolist() == [0] * 5
    assert names["n_from_elsewhere"].tolist() == [2, 0]
    assert names["n"].tolist() == [14, 10]


def test_the_minimum_counts_groups_not_patients():
    groups = pd.Series([f"G{at}" for at in range(24)])
    groups[12:18] = "one donor"
    with pytest.raises(ContractError, match="B: 1 negative, 6 positive"):
        fold({"A": (6, 6), "B": (6, 6)}, groups=groups, small_centers="refuse")


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from("ABCDEFG"), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2
    ),
    st.integers(1, 4),
)
def test_every_fold_holds_the_minimum_or_nothing_is_drawn(sizes, minimum):
    if not any(map(sum, sizes.values())):
        return
    try:
        table, names = fold(sizes, minimum_per_class=minimum)
    except ContractError:
        return
    counts = table.groupby(["fold", "target"]).size().unstack(fill_value=0)
    assert (counts >= minimum).all().all()
    assert len(counts) == len(names) >= 2
    assert names["n"].sum() == len(table)
    enough = [name for name, numbers in sizes.items() if min(numbers) >= minimum]
    # A sufficient centre shares its fold only with too small ones, and at most one has to.
    enough = {name for name, numbers in sizes.items() if min(numbers) >= minimum}
    assert len(enough - set(names["centers"])) <= 1


def test_a_drawn_split_fulfils_the_contract_and_names_its_folds():
    cohort = make_cohort(
        [{"fibrosis_stage": f"F{3 + at // 10 % 2}", "center": "2"} for at in range(20)]
    )
    partition = draw(cohort, split={"folds_by": "center"})
    table = check_splits(partition.table)
    assert set(table["split"]) == {"training"}
    assert partition.fold_centers["centers"].tolist() == ["1", "2"]
    center = cohort.patients.set_index("patient_id")["center"]
    found = table.set_index("patient_id")["fold"].map({0: "1", 1: "2"})
    assert (found == center[found.index]).all()


def test_centers_must_be_known():
    cohort = make_cohort([{"center": None}])
    with pytest.raises(ContractError, match="a centre for every patient, but 1 have none: 'A0'"):
        draw(cohort, split={"folds_by": "center"})
    patients = cohort.patients.drop(columns="center")
    with pytest.raises(ContractError, match=r"a column 'center' .*leave_one_center_out"):
        draw(type(cohort)(cohort.folder, patients, cohort.volumes), split={"folds_by": "center"})


@pytest.mark.parametrize(
    ("options", "message"),
    [({"small_centers": "drop"}, "one of merge, refuse"), ({"minimum_per_class": 0}, "1 or more")],
)
def test_wrong_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CenterFoldSettings(**options)


def test_order_of_patients_is_irrelevant():
    table, _ = fold({"A": (6, 6), "B": (7, 8)})
    order = np.random.default_rng(1).permutation(len(table))
    shuffled = table.iloc[order]
    found = fold_by_center(
        shuffled["target"],
        pd.Series(shuffled.index.astype(str), index=shuffled.index),
        shuffled["center"],
        CenterFoldSettings(),
    )
    assert (found.folds == shuffled["fold"]).all()
