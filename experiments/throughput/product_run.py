"""`cirrhosis train` in this process, with one callback more."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from pytorch_lightning import Callback, Trainer
from synthetic_source import NAME, SEQUENCES

from cirrhosis.commands import fitting
from cirrhosis.commands.configuration import CONF


def compose_run(root: Path, size: int, words: Sequence[str]) -> DictConfig:
    """Return the configuration of a run on a synthetic source.

    Args:
        root: Where the source lies and the run goes.
        size: Of the source's slices.
        words: Overrides, as on the command line.
    """
    fixed = [
        f"paths.root={root}",
        f"name={NAME}",
        f"sequences={'+'.join(SEQUENCES)}",
        f"preparation.intensities.image_size={size}",
        "fold=0",
        "variant=measured",
        "progress=false",
        "protocol.minimum_stopping=1",
    ]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("train", [*fixed, *words])


@contextlib.contextmanager
def watched_by(callback: Callback) -> Iterator[None]:
    """Add a callback behind the product's own to every trainer that is built in the block."""
    build_trainer = fitting.build_trainer

    def build(*arguments: Any, **named: Any) -> Trainer:
        trainer = build_trainer(*arguments, **named)
        trainer.callbacks.append(callback)
        return trainer

    with patch.object(fitting, "build_trainer", build):
        yield
