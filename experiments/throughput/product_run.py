"""`cirrhosis train` in this process, with one callback more."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hydra import compose, initialize_config_dir
from pytorch_lightning import Callback, Trainer
from synthetic_source import NAME, SEQUENCES

from cirrhosis.commands import fitting, train
from cirrhosis.commands.configuration import CONF


def train_with(callback: Callback, root: Path, words: Sequence[str]) -> None:
    """Run the training command on a synthetic source.

    Args:
        callback: Comes after the product's own callbacks.
        root: Where the source lies and the run goes.
        words: Overrides, as on the command line.
    """
    fixed = [f"name={NAME}", f"sequences={'+'.join(SEQUENCES)}", "fold=0", "progress=false"]
    with (
        patch.dict(os.environ, {"CIRRHOSIS_ROOT": str(root)}),
        initialize_config_dir(version_base="1.3", config_dir=CONF),
    ):
        config = compose("train", [*fixed, *words])
        with _added(callback):
            train.run(config)


@contextlib.contextmanager
def _added(callback: Callback) -> Iterator[None]:
    build_trainer = fitting.build_trainer

    def build(*arguments: Any, **named: Any) -> Trainer:
        trainer = build_trainer(*arguments, **named)
        trainer.callbacks.append(callback)
        return trainer

    with patch.object(fitting, "build_trainer", build):
        yield
