"""How a machine is divided among workers."""

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.worker_slots import divide_machine


@pytest.mark.parametrize(
    ("n_workers", "threads", "devices", "expected"),
    [
        # Processors alone: as many workers as their threads have cores.
        (None, None, [], [(1, None)] * 8),
        (None, 2, [], [(2, None)] * 4),
        (None, 16, [], [(16, None)]),
        (2, None, [], [(4, None)] * 2),
        (3, 1, [], [(1, None)] * 3),
        (16, None, [], [(1, None)] * 16),
        # One per GPU, the cores divided.
        (None, None, ["0", "1"], [(4, "0"), (4, "1")]),
        (None, 1, ["0", "1"], [(1, "0"), (1, "1")]),
        (3, None, ["0", "1"], [(2, "0"), (2, "1"), (2, "0")]),
        (1, None, ["3", "1"], [(8, "3")]),
    ],
)
def test_cores_and_devices_are_divided(n_workers, threads, devices, expected):
    slots = divide_machine(n_workers, threads, devices=devices, n_cores=8)
    assert [(slot.threads, slot.device) for slot in slots] == expected
    assert [slot.number for slot in slots] == list(range(len(expected)))


def test_what_is_visible_stays_where_no_device_is_given():
    slot = divide_machine(3, 2, devices=[], n_cores=4)[0]
    assert slot.environment == {"OMP_NUM_THREADS": "2", "CIRRHOSIS_N_WORKERS": "3"}


@pytest.mark.parametrize(("n_workers", "threads"), [(0, None), (None, -1)])
def test_numbers_below_one_are_refused(n_workers, threads):
    with pytest.raises(ContractError, match="at least 1"):
        divide_machine(n_workers, threads, devices=[], n_cores=4)
