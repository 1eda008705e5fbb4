"""Streamed slices are read by processes that carry names only, and leave no page behind."""

import pickle
import sys

import psutil
import pytest
import torch
from joblib import Parallel, delayed
from torch.utils.data import DataLoader

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.streaming import StreamedSlices
from tests.data.loaded_runs import build
from tests.made_store import N_SLICES, SIZE, make_split, make_store

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stream") / "s"
    splits = make_split(folder.parent / "s.csv", n_training=20, n_test=4)
    return folder, splits, make_store(folder, splits)


def test_what_travels_to_a_worker_is_small_and_reads_the_same(made):
    dataset = build(made, "data.residency=stream").source.dataset
    packed = pickle.dumps(dataset)
    assert len(packed) < 2000
    for one, other in zip(pickle.loads(packed)[[3, 1]], dataset[[3, 1]], strict=True):
        assert torch.equal(one, other)


def test_a_batch_is_read_as_it_is_stored(made):
    fetched = build(made, "data.residency=stream", "data.mask=none").source.dataset[[3, 1]]
    assert fetched.masks is None
    assert fetched.images.dtype == torch.float16
    assert fetched.images.shape == (2, 2, N_SLICES, SIZE, SIZE)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc shows what is mapped")
def test_no_file_stays_mapped(made):
    dataset = build(made, "data.residency=stream").source.dataset
    kept = dataset[list(range(24))]
    mapped = [region.path for region in psutil.Process().memory_maps()]
    assert kept is not None
    assert not [path for path in mapped if path.endswith(".safetensors")]


def read_first_batch(data):
    return next(iter(data.train_dataloader())).patient.tolist()


def test_workers_start_inside_a_process_of_a_joblib_sweep(made):
    data = build(made, "data.residency=stream")
    # Loky makes its own way of starting processes the default of those it starts.
    rows = Parallel(n_jobs=2, backend="loky")(delayed(read_first_batch)(data) for _ in range(2))
    assert rows[0] == rows[1] == read_first_batch(data)


@pytest.mark.slow
def test_spawned_workers_read_the_same(made):
    data = build(made, "data.residency=stream")
    batches = [[3, 1], [2], [0, 4, 5]]
    loader = DataLoader(
        data.source.dataset,
        sampler=batches,
        batch_size=None,
        **(data.source.loading | {"multiprocessing_context": "spawn"}),
    )
    for rows, fetched in zip(batches, loader, strict=True):
        for one, other in zip(fetched, data.source.dataset[rows], strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize(("n_workers", "prefetch"), [(-1, 2), (2, 0)])
def test_workers_that_cannot_be_are_refused(made, n_workers, prefetch):
    selection = build(made).slices
    with pytest.raises(ContractError, match=f"but got {n_workers} and {prefetch}"):
        StreamedSlices(selection, n_workers=n_workers, prefetch=prefetch, pin_memory=False)
