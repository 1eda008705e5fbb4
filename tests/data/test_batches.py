"""Batches are even, a function of seed and epoch, and shared by ranks without a gap or a double."""

from collections import Counter

import numpy as np
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.balanced_batches import BalancedBatches
from cirrhosis.data.batches import OrderedBatches, ShuffledBatches

SIZES = [1, 7, 8, 9, 33, 65]


def deal(n, epoch, *, seed=1, rank=0, n_ranks=1):
    batches = ShuffledBatches(list(range(n)), batch_size=8, seed=seed, rank=rank, n_ranks=n_ranks)
    batches.set_epoch(epoch)
    return list(batches)


@pytest.mark.parametrize("n", SIZES)
def test_shuffled_batches_are_even_and_a_function_of_seed_and_epoch(n):
    first = deal(n, 0)
    assert sorted(row for batch in first for row in batch) == list(range(n))
    sizes = {len(batch) for batch in first}
    assert max(sizes) <= 8
    assert max(sizes) - min(sizes) <= 1
    assert deal(n, 0) == first
    if n > 7:
        assert deal(n, 1) != first
        assert deal(n, 0, seed=2) != first


@pytest.mark.parametrize("n_ranks", [2, 3, 4])
@pytest.mark.parametrize("n", [7, 8, 9, 33, 65])
def test_ranks_share_every_shuffled_batch_evenly(n, n_ranks):
    parts = [deal(n, 2, rank=rank, n_ranks=n_ranks) for rank in range(n_ranks)]
    assert len({len(part) for part in parts}) == 1
    for whole, *shares in zip(deal(n, 2), *parts, strict=True):
        assert sorted(row for share in shares for row in share) == sorted(whole)
        sizes = [len(share) for share in shares]
        assert min(sizes) >= 1
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [4, 5, 7, 8, 9, 33, 65])
def test_ordered_batches_give_every_nth_row_to_each_rank_and_none_twice(n, n_ranks):
    parts = [
        list(OrderedBatches(range(n), batch_size=8, rank=rank, n_ranks=n_ranks))
        for rank in range(n_ranks)
    ]
    assert len({len(part) for part in parts}) == 1
    assert all(batch for part in parts for batch in part)
    for rank, part in enumerate(parts):
        assert [row for batch in part for row in batch] == list(range(rank, n, n_ranks))
    assert max(len(batch) for part in parts for batch in part) <= 8 // n_ranks + 1


def test_nothing_to_give_is_no_batch():
    assert list(OrderedBatches([], batch_size=8)) == []


def test_more_ranks_than_rows_are_refused():
    with pytest.raises(ContractError, match=r"each of 4 ranks in every side of a run, but .* 3"):
        OrderedBatches(range(3), batch_size=8, n_ranks=4)
    with pytest.raises(ContractError, match="each of 9 ranks in every batch"):
        deal(33, 0, n_ranks=9)
    with pytest.raises(ContractError, match="each of 9 ranks in every batch"):
        balance(33, 5, n_ranks=9)


def balance(n, n_positive, *, seed=1, **options):
    targets = (np.random.default_rng(0).permutation(n) < n_positive).astype(int)
    return targets, BalancedBatches(range(n), targets, batch_size=8, seed=seed, **options)


def epochs_of(batches, n_epochs):
    for epoch in range(n_epochs):
        batches.set_epoch(epoch)
        yield list(batches)


@pytest.mark.parametrize(
    ("n", "n_positive"), [(64, 16), (65, 16), (33, 5), (33, 28), (9, 4), (100, 50), (7, 4), (21, 8)]
)
def test_balanced_batches_hold_equal_classes_and_nobody_twice(n, n_positive):
    targets, batches = balance(n, n_positive)
    counts = Counter()
    for dealt in epochs_of(batches, 7):
        assert len(dealt) == len(batches) == -(-n // 8)
        assert sum(map(len, dealt)) == n
        assert max(map(len, dealt)) - min(map(len, dealt)) <= 1
        for batch in dealt:
            assert abs(2 * targets[batch].sum() - len(batch)) <= 1
            # Unless a class is smaller than its half of a batch.
            if min(n_positive, n - n_positive) >= 4:
                assert len(set(batch)) == len(batch)
            counts.update(batch)
    # Nobody is used more than once oftener than another of the class.
    for value in (0, 1):
        used = [counts[row] for row in range(n) if targets[row] == value]
        assert max(used) - min(used) <= 1


def test_everyone_of_the_larger_class_is_used_in_turn():
    targets, batches = balance(64, 16)
    first, second = epochs_of(batches, 2)
    used = Counter(row for dealt in (first, second) for batch in dealt for row in batch)
    assert {row for row in range(64) if targets[row] == 0} <= set(used)


def test_balanced_batches_are_a_function_of_seed_and_epoch():
    _, batches = balance(65, 16)
    third = list(epochs_of(batches, 4))[3]
    _, again = balance(65, 16)
    again.set_epoch(3)
    assert list(again) == third
    again.set_epoch(2)
    assert list(again) != third
    _, other = balance(65, 16, seed=2)
    other.set_epoch(3)
    assert list(other) != third


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_ranks_share_balanced_batches_class_by_class(n_ranks):
    targets, whole = balance(65, 16)
    parts = [list(balance(65, 16, rank=rank, n_ranks=n_ranks)[1]) for rank in range(n_ranks)]
    for batch, *shares in zip(whole, *parts, strict=True):
        assert sorted(row for share in shares for row in share) == sorted(batch)
        positives = [int(targets[share].sum()) for share in shares]
        sizes = [len(share) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert max(positives) - min(positives) <= 1


def test_a_side_of_one_class_cannot_be_balanced():
    with pytest.raises(ContractError, match="of 9 patients 0 are positive; use shuffled"):
        balance(9, 0)
