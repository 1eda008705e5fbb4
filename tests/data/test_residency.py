"""Slices go to the first place with room; a place that is asked for and too small is refused."""

import logging
from pathlib import Path

import psutil
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.free_memory import free_device_bytes, free_host_bytes
from cirrhosis.data.residency import GIB, Room, choose_residency
from tests.data.loaded_runs import build
from tests.made_store import make_split, make_store


def rooms(device, host):
    return {
        "device": Room(needed=10 * GIB, free=device * GIB, share=0.5),
        "host": Room(needed=10 * GIB, free=host * GIB, share=0.5),
    }


@pytest.mark.parametrize(
    ("device", "host", "place"),
    [(20, 0, "device"), (19, 20, "host"), (19, 19, "stream"), (80, 80, "device")],
)
def test_auto_takes_the_first_place_with_room(device, host, place):
    assert choose_residency("auto", rooms(device, host)) == place


@pytest.mark.parametrize("asked", ["device", "host", "stream"])
def test_a_place_that_has_room_can_be_asked_for(asked):
    assert choose_residency(asked, rooms(80, 80)) == asked


def test_a_share_is_a_part():
    with pytest.raises(ContractError, match="from 0 to 1, but got 50"):
        Room(needed=1, free=1, share=50)


def test_a_cpu_has_no_memory_but_the_hosts():
    assert choose_residency("device", {"host": rooms(0, 80)["host"]}) == "host"


@pytest.mark.parametrize("asked", ["device", "host"])
def test_too_little_room_is_refused_with_numbers_and_remedy(asked):
    with pytest.raises(ContractError) as caught:
        choose_residency(asked, rooms(16, 16))
    text = str(caught.value)
    assert "needed 10.00 GiB, free 16.00 GiB of which 50% may be taken" in text
    assert f"data.{asked}_share" in text
    assert "data.residency=auto or stream" in text


def test_what_lies_in_memory_already_needs_no_room(tmp_path, caplog):
    splits = make_split(tmp_path / "s.csv", n_training=20, n_test=0)
    made = (tmp_path / "s", splits, make_store(tmp_path / "s", splits))
    none = "data.host_share=0"
    with pytest.raises(ContractError, match=r"data\.host_share"):
        _ = build(made, "sequences=t1", "data.residency=host", none).source
    with caplog.at_level(logging.INFO, logger="cirrhosis"):
        assert build(made, "sequences=t1", none).source.loading["num_workers"] == 2
        _ = build(made).source
        lines = [record.message for record in caplog.records]
        assert lines[0].startswith("slices streamed from files (host: needed 0.00 GiB, free ")
        assert lines[1].startswith("slices in host memory (host: needed 0.00 GiB, free ")
        # Both sequences and the mask are there now, so that a run of one of them needs nothing.
        _ = build(made, "sequences=t1", "data.residency=host", none).source
        assert len(caplog.records) == 2


def write_group(folder, **numbers):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in numbers.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")


def test_the_lowest_limit_of_a_control_group_counts(tmp_path):
    own = tmp_path / "own"
    own.write_text("0::/batch/job\n")
    groups = tmp_path / "cgroup"
    write_group(groups / "batch/job", memory__max="max", memory__current=5)
    write_group(groups / "batch", memory__max=1000, memory__current=400)
    assert free_host_bytes(groups, own) == 600
    # Cached files give way.
    (groups / "batch/memory.stat").write_text("anon 300\ninactive_file 100\n")
    assert free_host_bytes(groups, own) == 700
    write_group(groups / "batch/job", memory__max=50, memory__current=20)
    assert free_host_bytes(groups, own) == 30


def test_limits_of_version_1_count(tmp_path):
    own = tmp_path / "own"
    own.write_text("3:cpu:/x\n2:memory:/job\n")
    folder = tmp_path / "cgroup/memory/job"
    write_group(folder, memory__limit_in_bytes=1000, memory__usage_in_bytes=900)
    assert free_host_bytes(tmp_path / "cgroup", own) == 100


def test_without_limits_the_machines_free_memory_counts(tmp_path):
    free = free_host_bytes(tmp_path, Path("/no/such/file"))
    assert 0 < free <= psutil.virtual_memory().total
    assert 0 < free_device_bytes(torch.device("cpu")) <= psutil.virtual_memory().total
