"""The synthetic cohort on which the sweeps of this experiment are trained."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cirrhosis.contracts.store import StoreLayout

NAME = "faults"
# Frozen before any run.
SETTINGS = (
    "experiment=demo",
    f"name={NAME}",
    "seed=1",
    "phantom.n_patients=40",
    "split=cross_validation",
    "preparation.intensities.image_size=32",
)


def make_source(out: Path, environment: Mapping[str, str]) -> None:
    """Make cohort, split and store below `out` by the public commands, once.

    Args:
        out: Root of everything that is written.
        environment: Of the commands; must name `out` as CIRRHOSIS_ROOT.

    Raises:
        subprocess.CalledProcessError: If a command fails.
    """
    if StoreLayout(out / "prepared" / NAME).manifest.exists():
        return
    for command in ("phantom", "split", "prepare"):
        print(f"cirrhosis {command}: 40 synthetic patients", flush=True)
        line = [sys.executable, "-m", "cirrhosis.commands", command, *SETTINGS]
        subprocess.run(line, env=environment, check=True, stdout=subprocess.DEVNULL)
