"""Where the slices of a run lie follows from what others leave free."""

import torch

from cirrhosis.commands import run_data
from cirrhosis.contracts.progress import silent
from cirrhosis.data.resident import ResidentSlices
from cirrhosis.data.selection import SliceSelection
from cirrhosis.data.store_tensors import open_tensors
from cirrhosis.data.streaming import StreamedSlices
from tests.made_store import make_split, make_store

CPU = torch.device("cpu")


def test_the_workers_of_a_sweep_share_the_free_memory(tmp_path, monkeypatch):
    splits = make_split(tmp_path / "made.csv", n_training=10, n_test=0)
    shared = open_tensors(tmp_path / "store", make_store(tmp_path / "store", splits))
    selection = SliceSelection(
        folder=tmp_path / "store",
        patients=tuple(splits.included["patient_id"]),
        sequences=("t1",),
        mask="none",
        shape=shared.shape,
    )
    settings = {"residency": "auto", "host_share": 1.0, "stream": {"workers": 0, "prefetch": 2}}
    opener = run_data.SourceOpener(selection, shared, settings, silent)
    needed = shared.n_bytes(shared.missing(selection.names, CPU))
    monkeypatch.setattr(run_data, "free_host_bytes", lambda: 2 * needed)
    for n_workers, kind in (("3", StreamedSlices), ("2", ResidentSlices)):
        monkeypatch.setenv(run_data.N_WORKERS, n_workers)
        assert isinstance(opener(CPU, 1), kind)
