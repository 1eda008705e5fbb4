"""Does memory format, precision or compilation make a network's step cheaper? See README.md.

python experiments/throughput/network_options.py --json FILE [--device cuda] [--rounds 7]

Every network and option is a process of its own, which takes steps of the plain network
(float32, contiguous, eager) and of the option in turns. The ratio of a round is the option's
time over the plain one's; below 1 the option pays. A process that dies is a result and
recorded as such. `plain` against itself tells how far ratios stray by chance. On a CPU the
ratio of processor times stands beside: on one thread (OMP_NUM_THREADS=1) it says what the
clock would on a quiet machine; with several it counts their waiting too.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import torch
from environment import describe_environment
from timing import read_clock, spread
from torch import nn

from cirrhosis.contracts.files import write_json
from cirrhosis.models.networks.small import build_small_network
from cirrhosis.models.networks.torchvision import build_torchvision_network

CHANNELS, BATCH_SIZE = 20, 32
Step = Callable[[int], "Cost"]
CASES = (("resnet18", 64), ("resnet18", 128), ("small", 64))


class Cost(NamedTuple):
    """What some steps took.

    Attributes:
        seconds: By the clock.
        processor: Of the processor, over all threads.
    """

    seconds: float
    processor: float


class Option(NamedTuple):
    """How a network computes.

    Attributes:
        channels_last: Whether channels stand innermost in memory.
        bfloat16: Whether autocast computes in bfloat16 what it may.
        compiled: Whether torch.compile makes its kernels.
    """

    channels_last: bool = False
    bfloat16: bool = False
    compiled: bool = False


OPTIONS = {
    "plain": Option(),
    "channels_last": Option(channels_last=True),
    "bfloat16": Option(bfloat16=True),
    "compiled": Option(compiled=True),
    "channels_last+bfloat16": Option(channels_last=True, bfloat16=True),
}


def main() -> None:
    """Measure every case in a process of its own, write the file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=3, help="of one round")
    parser.add_argument("--limit", type=int, default=900, help="seconds of one case")
    words = parser.parse_args()
    environment = describe_environment()
    rows = []
    for network, size in CASES:
        for name in OPTIONS:
            case = (network, str(size), name, words.device, str(words.rounds), str(words.steps))
            rows.append({"network": network, "size": size, "option": name} | run(case, words.limit))
            print(describe(rows[-1]), flush=True)
    settings = {"batch_size": BATCH_SIZE, "channels": CHANNELS, "device": words.device}
    write_json({"environment": environment, "settings": settings, "rows": rows}, words.json)


def run(case: tuple[str, ...], limit: int) -> dict[str, Any]:
    """Return what the process of a case found, or how it ended."""
    code = "import sys, network_options; network_options.print_case(*sys.argv[1:])"
    try:
        ended = subprocess.run(
            [sys.executable, "-c", code, *case],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"took more than {limit} s"}
    if ended.returncode < 0:
        return {"failed": signal.Signals(-ended.returncode).name}
    if ended.returncode:
        return {"failed": ended.stderr.strip().splitlines()[-1]}
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def print_case(network: str, size: str, name: str, device: str, rounds: str, steps: str) -> None:
    """Print the ratio of an option's step to the plain step, and both in seconds."""
    plain, other = (
        make_step(network, int(size), option, torch.device(device))
        for option in (OPTIONS["plain"], OPTIONS[name])
    )
    for step in (plain, other, plain, other):
        step(1)
    pairs = [take_turns(plain, other, turn, int(steps)) for turn in range(int(rounds))]
    found = {
        "ratio": spread([b.seconds / a.seconds for a, b in pairs]),
        "processor_ratio": spread([b.processor / a.processor for a, b in pairs]),
        "plain_seconds": spread([a.seconds / int(steps) for a, _ in pairs]),
        "seconds": spread([b.seconds / int(steps) for _, b in pairs]),
    }
    if device != "cpu":
        del found["processor_ratio"]
    print(json.dumps(found))


def take_turns(plain: Step, other: Step, turn: int, n_steps: int) -> tuple[Cost, Cost]:
    """Return the cost of both; who comes second finds a warmer machine, so that changes."""
    if turn % 2:
        second = other(n_steps)
        return plain(n_steps), second
    return plain(n_steps), other(n_steps)


def make_step(name: str, size: int, option: Option, device: torch.device) -> Step:
    """Return what takes some training steps on one batch and returns their cost."""
    torch.manual_seed(1)
    network = build(name).to(device)
    image = torch.rand(BATCH_SIZE, CHANNELS, size, size, device=device)
    target = (torch.arange(BATCH_SIZE, device=device) % 2).float()
    if option.channels_last:
        network = network.to(memory_format=torch.channels_last)
        image = image.to(memory_format=torch.channels_last)
    if option.compiled:
        network.compile()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(n_steps: int) -> Cost:
        start, processor = read_clock(device), time.process_time()
        for _ in range(n_steps):
            precision = torch.autocast(device.type, torch.bfloat16)
            with precision if option.bfloat16 else nullcontext():
                logits = network(image).squeeze(1)
                loss = nn.functional.binary_cross_entropy_with_logits(logits, target)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return Cost(read_clock(device) - start, time.process_time() - processor)

    return step


def build(name: str) -> nn.Module:
    """Return the small network, or one of torchvision."""
    if name == "small":
        return build_small_network(CHANNELS)
    return build_torchvision_network(CHANNELS, backbone=name, dropout=0.3)


def describe(row: dict[str, Any]) -> str:
    """Return a line of the table."""
    label = f"{row['network']:10} {row['size']:4} {row['option']:24}"
    if "failed" in row:
        return f"{label} failed: {row['failed']}"
    ratio = row["ratio"]
    processor = row.get("processor_ratio")
    beside = f"; processor {processor['median']:.2f}" if processor else ""
    return (
        f"{label} {ratio['median']:.2f} ({ratio['low_quartile']:.2f} to"
        f" {ratio['high_quartile']:.2f}) of {1000 * row['plain_seconds']['median']:.0f} ms{beside}"
    )


if __name__ == "__main__":
    main()
