"""What the settings of the launcher `workers` make of a machine."""

import pytest
from omegaconf import OmegaConf

from cirrhosis.commands import worker_shares
from cirrhosis.commands.devices import list_gpus
from cirrhosis.commands.worker_shares import share_slots
from cirrhosis.contracts.errors import ContractError


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Four cores and two GPUs, as far as anyone asks."""
    monkeypatch.setattr(worker_shares, "count_cores", lambda: 4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def share(n_workers="auto", threads="auto", devices="auto", **config):
    slots = share_slots(n_workers, threads, devices, OmegaConf.create(config))
    return [(slot.threads, slot.device) for slot in slots]


def test_the_machine_is_divided_of_itself(monkeypatch):
    assert share() == [(2, "0"), (2, "1")]
    # Runs on processors leave the GPUs alone.
    assert share(trainer={"accelerator": "cpu"}) == [(1, None)] * 4
    assert share(devices=[], threads=2) == [(2, None)] * 2
    assert share(3, 1, [7]) == [(1, "7")] * 3


def test_threads_come_from_the_run_or_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert share(devices=[]) == [(1, None)] * 4
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert share(devices=[]) == [(2, None)] * 2


def test_the_run_s_threads_come_first(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    config = OmegaConf.create({"threads": 4})
    assert [slot.threads for slot in share_slots("auto", "auto", [], config)] == [4]


def test_words_that_are_no_numbers_are_refused():
    with pytest.raises(ContractError, match="n_workers to be auto or a number"):
        share("many")


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ("0,1", ["0", "1"]),
        (" 3 , GPU-8f", ["3", "GPU-8f"]),
        ("MIG-a", ["MIG-a"]),
        ("", []),
        ("-1", []),
        ("2,-1,0", ["2"]),
    ],
)
def test_visible_devices_are_read_as_cuda_reads_them(visible, names):
    assert list_gpus({"CUDA_VISIBLE_DEVICES": visible}) == names


def test_a_machine_without_a_driver_has_no_gpu(monkeypatch):
    import ctypes

    def absent(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert list_gpus({}) == []
