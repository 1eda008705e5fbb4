"""How long does an epoch take, in our engine and as users write it today? See README.md.

python experiments/throughput/baseline_monai.py --json FILE

The baseline is MONAI's cached data set, torch's loader with workers, dictionary transforms per
sample and plain Lightning; it gets the number of workers that suits it best.
"""

import argparse
import copy
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from environment import describe_environment
from hydra.utils import instantiate
from monai_way import PlainModule, cache_patients, list_transforms, load
from omegaconf import DictConfig, OmegaConf
from product_run import compose_run, watched_by
from pytorch_lightning import Callback, LightningModule, Trainer
from synthetic_source import NAME, SEQUENCES, write_source
from timing import read_clock, spread
from torch import nn

from cirrhosis.commands import train
from cirrhosis.contracts.files import write_json
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import StoreLayout


class Case(NamedTuple):
    """Network and size of slices."""

    model: str
    size: int


class Defaults(NamedTuple):
    """What is measured on a device."""

    cases: tuple[Case, ...]
    workers: tuple[int, ...]
    precision: str


DEFAULTS = {
    "cpu": Defaults((Case("resnet18", 128), Case("small", 64)), (0, 1, 2), "32-true"),
    "cuda": Defaults((Case("resnet18", 512), Case("small", 512)), (0, 4, 8, 16), "bf16-mixed"),
}
QUICK = Defaults((Case("small", 16),), (0, 1), "32-true")
# Epochs of a fit; the first starts workers and warms up, and does not count.
N_EPOCHS = 2


class EpochClock(Callback):
    """Take the seconds from the start of an epoch to the start of the next."""

    def __init__(self) -> None:
        self.marks: list[float] = []
        self.network: nn.Module | None = None

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Mark the start; keep the network before it has learnt."""
        del trainer
        if self.network is None:
            self.network = copy.deepcopy(module.network)
        self.marks.append(read_clock(module.device))

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Mark the end."""
        del trainer
        self.marks.append(read_clock(module.device))

    @property
    def seconds(self) -> list[float]:
        """Seconds of every epoch but the first."""
        return np.diff(self.marks)[1:].tolist()


def main(words: list[str] | None = None) -> None:
    """Measure every case and write what was found."""
    options = read_options(words)
    environment = describe_environment()
    defaults = QUICK if options.quick else DEFAULTS[options.device]
    cases = {}
    for case in defaults.cases:
        found = measure(options, case, defaults)
        name = f"{options.device} {case.model} {case.size}"
        cases[name] = {"device": options.device, **case._asdict(), **found}
        ratios = found["ratio_spread"]
        print(
            f"{name}: the baseline ({found['best_baseline']}) takes {ratios['median']:.2f} times"
            f" as long ({ratios['low_quartile']:.2f} to {ratios['high_quartile']:.2f})",
            flush=True,
        )
    ratios_by_case = {name: found["ratio_spread"]["median"] for name, found in cases.items()}
    content = {"ratio": ratios_by_case, "cases": cases, "synthetic": True}
    write_json(content | {"environment": environment}, options.json)


def read_options(words: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda if there is one")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=10, help="of an epoch")
    parser.add_argument("--rounds", type=int, default=3, help="fits of each way, in turns")
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it runs")
    options = parser.parse_args(words)
    if options.quick:
        options.batch, options.steps, options.rounds = 8, 2, 1
    options.device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    # The baseline is plain Lightning, which says at each fit what it found.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    return options


def measure(options: argparse.Namespace, case: Case, defaults: Defaults) -> dict[str, Any]:
    """Fit in turns, the order drawn anew each round, and compare epochs of the same round."""
    with tempfile.TemporaryDirectory(prefix="throughput-") as place:
        root = Path(place)
        # The first fold is held out and only predicted.
        write_source(root, case.size, (options.batch, options.steps * options.batch))
        config = compose_run(root, case.size, words_of(options, case, defaults.precision))
        ways = list_ways(options, config, root, defaults)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        rng = np.random.default_rng(0)
        for _ in range(options.rounds):
            for name in rng.permutation(list(ways)):
                seconds[name] += ways[name]()
    baselines = [name for name in ways if name != "ours"]
    best = min(baselines, key=lambda name: float(np.median(seconds[name])))
    ratios = [theirs / own for theirs, own in zip(seconds[best], seconds["ours"], strict=True)]
    return {
        "best_baseline": best,
        "ratio_spread": spread(ratios),
        "epoch_seconds": {name: spread(values) for name, values in seconds.items()},
        "steps_of_an_epoch": options.steps,
        "batch_size": options.batch,
        "precision": defaults.precision,
    }


def words_of(options: argparse.Namespace, case: Case, precision: str) -> list[str]:
    """Return the settings of our run: what both ways do, and nothing that only ours does."""
    return [
        f"model={case.model}",
        f"data.batch_size={options.batch}",
        f"trainer.accelerator={'gpu' if options.device == 'cuda' else 'cpu'}",
        f"trainer.precision={precision}",
        "augmentation=article",
        "protocol=fixed_epochs",
        f"protocol.fixed_epochs={N_EPOCHS}",
        "callbacks.restart_every_n_epochs=0",
        "scheduler=constant",
        "logger=none",
        "on_existing=force",
    ]


def list_ways(
    options: argparse.Namespace, config: DictConfig, root: Path, defaults: Defaults
) -> dict[str, Callable[[], list[float]]]:
    """Return our fit and those of the baseline; each gives the seconds of its epochs."""
    clock = fit_ours(config)
    network = clock.network
    assert network is not None
    settings = OmegaConf.to_container(config.augmentation, resolve=True)
    size = int(config.preparation.intensities.image_size)
    splits = read_splits(root / "splits" / f"{NAME}.csv").included
    layout = StoreLayout(root / "prepared" / NAME)
    trained = splits[splits["fold"] == 1]
    paths = {
        layout.slices(name): int(target)
        for name, target in zip(trained["patient_id"], trained["target"], strict=True)
    }
    samples = cache_patients(paths, SEQUENCES, list_transforms(settings, size))  # type: ignore[arg-type]
    optimizer = instantiate(config.optimizer)

    def fit_baseline(n_workers: int) -> list[float]:
        clock = EpochClock()
        trainer = Trainer(
            accelerator="gpu" if options.device == "cuda" else "cpu",
            devices=1,
            precision=defaults.precision,
            max_epochs=N_EPOCHS,
            callbacks=[clock],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        module = PlainModule(copy.deepcopy(network), optimizer)
        trainer.fit(module, load(samples, options.batch, n_workers))
        return clock.seconds

    ways: dict[str, Callable[[], list[float]]] = {"ours": lambda: fit_ours(config).seconds}
    for n_workers in defaults.workers:
        ways[f"{n_workers} workers"] = lambda n=n_workers: fit_baseline(n)  # type: ignore[misc]
    return ways


def fit_ours(config: DictConfig) -> EpochClock:
    """Run the training command and return its clock."""
    clock = EpochClock()
    with watched_by(clock):
        train.run(config)
    return clock


if __name__ == "__main__":
    main()
