"""What each worker of a sweep has for itself: a device or none, and threads."""

from collections.abc import Sequence
from dataclasses import dataclass

from cirrhosis.contracts.errors import ContractError

# Tells a worker how many share the memory of the machine.
N_WORKERS = "CIRRHOSIS_N_WORKERS"


@dataclass(frozen=True)
class Slot:
    """The place of one worker, kept by whoever replaces it.

    Attributes:
        number: From 0.
        n_slots: On this machine.
        threads: Of each process that works there.
        device: The one GPU that it sees, as `CUDA_VISIBLE_DEVICES` names it; None leaves
            what is visible as it is.
    """

    number: int
    n_slots: int
    threads: int
    device: str | None

    @property
    def environment(self) -> dict[str, str]:
        """Variables that must be there before torch is loaded."""
        variables = {"OMP_NUM_THREADS": str(self.threads), N_WORKERS: str(self.n_slots)}
        return (
            variables if self.device is None else variables | {"CUDA_VISIBLE_DEVICES": self.device}
        )


def divide_machine(
    n_workers: int | None, threads: int | None, *, devices: Sequence[str], n_cores: int
) -> list[Slot]:
    """Return the slots that share a machine.

    The number of jobs plays no part: sums of several threads differ in their last bits, and
    a sweep that goes on with the few jobs left must end as if it had never stopped.

    Args:
        n_workers: How many; None is one per device, and without devices as many as their
            threads have cores.
        threads: Of each worker; None divides the cores among given workers or devices, and is
            one where the cores say how many workers there are.
        devices: GPUs, each for one worker; more workers than devices share them.
        n_cores: That this process may use.

    Raises:
        ContractError: If a number is not positive.
    """
    for name, number in (("n_workers", n_workers), ("threads", threads)):
        if number is not None and number < 1:
            raise ContractError(
                f"expected hydra.launcher.{name} to be auto or at least 1, but got {number}"
            )
    if n_workers is None:
        n_workers = len(devices) or max(1, n_cores // (threads or 1))
    threads = threads or max(1, n_cores // n_workers)
    return [
        Slot(number, n_workers, threads, devices[number % len(devices)] if devices else None)
        for number in range(n_workers)
    ]
