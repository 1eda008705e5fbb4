"""How do time and memory grow with the cohort, in host memory and streamed? See README.md.

python experiments/throughput/cohort_size.py --json FILE [--sizes 100 1000 10000] [--batches 150]

Every case is a process of its own: it loads small images and passes through epochs of
batches without a network. Memory is the peak of what the process and its workers
hold together, shared pages counted once, above what it held before the store was opened.
What opening the store adds to the memory of this process alone stands beside it. With
--batches every size does the same work, so that what remains is the size's own.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from itertools import islice
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from cirrhosis.commands.run_data import SourceOpener
from cirrhosis.contracts.files import write_json
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.sides import Sides
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, write_slices
from cirrhosis.data.batching import Batching
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.data.selection import SliceSelection
from cirrhosis.data.store_tensors import open_tensors

SIZES = (100, 1_000, 10_000)
RESIDENCIES = ("host", "stream")
SEQUENCES = ("pvp", "t1", "t2")
SHAPE = (5, 32, 32)
BATCH_SIZE = 32
EPOCHS = 3
WORKERS, PREFETCH = 2, 2
CPU = torch.device("cpu")
MIB = 2**20
# Reading the sizes takes milliseconds; oftener it would slow down what is timed.
SAMPLED_EVERY_SECONDS = 0.2


def main(words: list[str] | None = None) -> None:
    """Write the images once, measure every case in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="patients")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--batches", type=int, help="in all, instead of whole epochs")
    options = parser.parse_args(words)
    rows = []
    with tempfile.TemporaryDirectory(prefix="cohort-size-") as place:
        write_cohort(Path(place), max(options.sizes))
        for size in sorted(options.sizes):
            for residency in RESIDENCIES:
                rows.append(run_case(Path(place), size, residency, options.epochs, options.batches))
                print(rows[-1], flush=True)
    growth = {residency: describe_growth(rows, residency) for residency in RESIDENCIES}
    write_json(
        {"environment": describe_environment(), "rows": rows, "growth": growth}, options.json
    )
    print(make_table(rows))
    for residency, numbers in growth.items():
        print(residency, numbers)


def write_cohort(folder: Path, n_patients: int) -> None:
    """Write the slices of made patients; the content does not matter to the time."""
    layout = StoreLayout(folder)
    rng = np.random.default_rng(1)
    for name in name_patients(n_patients):
        images = {name: rng.random(SHAPE, np.float32).astype(np.float16) for name in SEQUENCES}
        write_slices(Slices(images, np.ones(SHAPE, np.uint8), {}), layout.slices(name))


def name_patients(n_patients: int) -> list[str]:
    """Return identifiers."""
    return [f"P{number:06}" for number in range(n_patients)]


def run_case(
    folder: Path, size: int, residency: str, epochs: int, batches: int | None
) -> dict[str, Any]:
    """Measure one case in a fresh process."""
    case = [str(folder), str(size), residency, str(epochs), str(batches or "")]
    code = "import sys, cohort_size; cohort_size.print_case(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *case],
        cwd=Path(__file__).parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def print_case(folder: str, size: str, residency: str, epochs: str, batches: str) -> None:
    """Measure one case here and print it."""
    torch.set_num_threads(1)
    n_batches = int(batches) if batches else None
    print(json.dumps(measure(Path(folder), int(size), residency, int(epochs), n_batches)))


def measure(
    folder: Path, size: int, residency: str, epochs: int, n_batches: int | None = None
) -> dict[str, Any]:
    """Return seconds and memory of loading and of epochs of batches.

    With `n_batches` there are as many epochs as these need, the last one cut short and its
    seconds scaled to a whole one.
    """
    with PeakMemory() as memory:
        clock = time.perf_counter()
        data = open_data(folder, size, residency)
        loader = data.train_dataloader()
        loading = time.perf_counter() - clock
        memory.sample()
        opened = memory.own()
        # Workers start in the first epoch; it is not one of those that are timed.
        seconds = []
        for epoch, limit in enumerate(deal_batches(len(loader), epochs, n_batches)):
            taken = run_epoch(data, loader, epoch, limit)
            seconds.append(taken * len(loader) / limit)
            memory.sample()
    return {
        "n_patients": size,
        "residency": residency,
        "stored_mib": size * int(np.prod(SHAPE)) * (2 * len(SEQUENCES) + 1) / MIB,
        "loading_seconds": loading,
        "first_epoch_seconds": seconds[0],
        "epoch_seconds": statistics.median(seconds[1:] or seconds),
        "n_batches": n_batches or (epochs + 1) * len(loader),
        "opened_mib": opened / MIB,
        "peak_mib": memory.peak / MIB,
        "n_processes": memory.n_processes,
    }


def open_data(folder: Path, size: int, residency: str) -> SliceDataModule:
    """Return a data module that trains on all patients."""
    names = tuple(name_patients(size))
    manifest = Manifest("made", {}, "", SEQUENCES, dict.fromkeys(names, ""), synthetic=True)
    settings = {
        "residency": residency,
        "device_share": 0.9,
        "host_share": 0.9,
        "stream": {"workers": WORKERS, "prefetch": PREFETCH},
    }
    shared = open_tensors(folder, manifest)
    selection = SliceSelection(folder, names, SEQUENCES, "channel", shared.shape)
    data = SliceDataModule(
        selection,
        SourceOpener(selection, shared, settings, silent),
        {name: number % 2 for number, name in enumerate(names)},
        Sides("fixed_epochs", names, (), (), {}),
        batching=Batching(BATCH_SIZE, "shuffled", seed=1),
        augmentation=None,
    )
    _ = data.source
    return data


def deal_batches(per_epoch: int, epochs: int, n_batches: int | None) -> list[int]:
    """Return the number of batches of each epoch, the one that is not timed included."""
    if n_batches is None:
        return [per_epoch] * (epochs + 1)
    whole, rest = divmod(n_batches, per_epoch)
    return [per_epoch] * whole + ([rest] if rest else [])


def run_epoch(data: SliceDataModule, loader: Any, epoch: int, n_batches: int) -> float:
    """Return the seconds of one pass through the cohort, or of its first batches."""
    loader.sampler.set_epoch(epoch)
    clock = time.perf_counter()
    for fetched in islice(iter(loader), n_batches):
        data.on_after_batch_transfer(data.transfer_batch_to_device(fetched, CPU, 0), 0)
    return time.perf_counter() - clock


class PeakMemory:
    """Sample what this process and its children hold, from entering to leaving."""

    def __enter__(self) -> "PeakMemory":
        """Start sampling."""
        self.process = psutil.Process()
        self.others = set(self.process.children(recursive=True))
        self.n_processes = 1
        self.start = self._held()
        self.start_private = self.process.memory_full_info().uss
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop sampling."""
        self._ended.set()
        self._thread.join()

    def sample(self) -> None:
        """Look now."""
        self.peak = max(self.peak, self._held() - self.start)

    def own(self) -> int:
        """Return the private bytes of this process beyond those at the start.

        Once workers are forked they share most of it, and it says nothing any more.
        """
        return int(self.process.memory_full_info().uss - self.start_private)

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_SECONDS):
            self.sample()

    def _held(self) -> int:
        """Return bytes: proportional set sizes, or private ones where those are not known."""
        workers = set(self.process.children(recursive=True)) - self.others
        processes = [self.process, *workers]
        self.n_processes = max(self.n_processes, len(processes))
        total = 0
        for process in processes:
            try:
                held = process.memory_full_info()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            total += getattr(held, "pss", held.uss)
        return total


def describe_growth(rows: list[dict[str, Any]], residency: str) -> dict[str, Any]:
    """Return how time and memory follow the size from the second largest to the largest.

    The exponent is that of a power law: 1 is linear, 0 is flat.
    """
    cases = [row for row in rows if row["residency"] == residency][-2:]
    if len(cases) < 2:
        return {}
    less, more = cases
    factor = log(more["n_patients"] / less["n_patients"])
    columns = {"epoch_seconds": "time", "peak_mib": "memory"}
    exponents = {
        f"{name}_exponent": log(more[column] / less[column]) / factor
        for column, name in columns.items()
        if min(less[column], more[column]) > 0
    }
    return exponents | {"memory_added_mib": more["peak_mib"] - less["peak_mib"]}


def make_table(rows: list[dict[str, Any]]) -> str:
    """Return the rows for reading."""
    lines = [
        "patients  residency  stored MiB  loading s  epoch s  ms/patient  peak MiB  opened MiB"
    ]
    lines += [
        f"{row['n_patients']:8}  {row['residency']:9}  {row['stored_mib']:10.1f}"
        f"  {row['loading_seconds']:9.2f}  {row['epoch_seconds']:7.3f}"
        f"  {1000 * row['epoch_seconds'] / row['n_patients']:10.4f}  {row['peak_mib']:8.1f}"
        f"  {row['opened_mib']:10.1f}"
        for row in rows
    ]
    return "\n".join(lines)


def describe_environment() -> dict[str, Any]:
    """Return machine and versions."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "image": {"slices_height_width": SHAPE, "sequences": len(SEQUENCES), "mask": "channel"},
        "batch_size": BATCH_SIZE,
        "stream": {"workers": WORKERS, "prefetch": PREFETCH},
        **{name: version(name) for name in ("torch", "numpy", "safetensors")},
    }


if __name__ == "__main__":
    main()
