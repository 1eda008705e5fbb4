import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.pair_batch import PairTensors
from cirrhosis.data.pair_datamodule import PairBatches, PairDataModule, ResidentPairs


def pair(value, shape=(2, 3, 4)):
    return PairTensors(
        torch.full(shape, float(value)),
        torch.full(shape, -float(value)),
        torch.full(shape, value, dtype=torch.uint8),
    )


def test_batches_are_a_function_of_seed_and_epoch():
    def deal(seed, epoch):
        batches = PairBatches(5, batch_size=2, n_batches=4, seed=seed)
        batches.set_epoch(epoch)
        return list(batches)

    assert deal(1, 0) == deal(1, 0)
    assert deal(1, 0) != deal(1, 1)
    assert deal(1, 0) != deal(2, 0)


def test_every_pair_comes_before_one_comes_again():
    rows = [row for batch in PairBatches(6, batch_size=2, n_batches=3, seed=0) for row in batch]
    assert sorted(rows) == list(range(6))


def test_few_pairs_fill_large_batches():
    batches = list(PairBatches(2, batch_size=5, n_batches=3, seed=0))
    assert [len(batch) for batch in batches] == [5, 5, 5]


def test_a_batch_holds_the_pairs_it_names():
    batch = ResidentPairs([pair(k) for k in range(4)])[[3, 1]]
    assert batch["fixed"].shape == (2, 1, 2, 3, 4)
    assert batch["fixed"].dtype == torch.float32
    assert batch["fixed"][:, 0, 0, 0, 0].tolist() == [3, 1]
    assert batch["moving"][:, 0, 0, 0, 0].tolist() == [-3, -1]
    assert batch["region"][:, 0, 0, 0, 0].tolist() == [3, 1]


def test_a_run_gets_as_many_batches_as_an_epoch_has():
    module = PairDataModule([pair(k) for k in range(3)], batch_size=2, n_batches=4, seed=0)
    assert len(list(module.train_dataloader())) == 4


@pytest.mark.parametrize("pairs", [[], [pair(0), pair(1, (3, 3, 3))]])
def test_pairs_of_one_shape_are_needed(pairs):
    with pytest.raises(ContractError, match="pairs of one shape"):
        ResidentPairs(pairs)
