"""Tables, curves and files of a W&B run."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import wandb
from numpy.typing import NDArray

from cirrhosis.tracking.staging import staged_for


@dataclass(frozen=True)
class Curve:
    """Lines that W&B draws in one panel.

    Attributes:
        table: Points in the order in which they are joined.
        x: Column to the right.
        y: Column upwards.
        line: Column that tells the lines apart.
        title: Of the panel.
    """

    table: pd.DataFrame
    x: str
    y: str
    line: str
    title: str


@dataclass(frozen=True)
class Files:
    """Files that belong together.

    Attributes:
        name: Of the artifact; the same content under one name is stored once.
        kind: Such as `predictions` or `model`.
        tables: Written as CSV, by file name.
        paths: Files that are copied, by the name they get.
        metadata: What describes them.
    """

    name: str
    kind: str
    tables: Mapping[str, pd.DataFrame]
    paths: Mapping[str, Path]
    metadata: Mapping[str, Any]


def log_tables(
    run: Any, folder: Path, tables: Mapping[str, pd.DataFrame], curves: Mapping[str, Curve]
) -> None:
    """Show tables and curves in the run, all in one step.

    Args:
        run: Of W&B.
        folder: Of the experiment's tracked runs.
        tables: By name; nothing in them may tell who a patient is.
        curves: By name.
    """
    shown: dict[str, Any] = {name: _convert(table) for name, table in tables.items()}
    for name, curve in curves.items():
        table = _convert(curve.table[[curve.x, curve.y, curve.line]])
        shown[name] = wandb.plot.line(
            table, x=curve.x, y=curve.y, stroke=curve.line, title=curve.title
        )
    with staged_for(folder):
        run.log(shown)


def log_files(run: Any, folder: Path, files: Files) -> None:
    """Keep files as an artifact of the run.

    Args:
        run: Of W&B.
        folder: Of the experiment's tracked runs.
        files: What is kept.
    """
    artifact = wandb.Artifact(
        re.sub(r"[^\w.-]", "-", files.name), files.kind, metadata=dict(files.metadata)
    )
    with staged_for(folder):
        for name, table in files.tables.items():
            with artifact.new_file(name, mode="w") as stream:
                table.to_csv(stream, index=False, lineterminator="\n")
        for name, path in files.paths.items():
            artifact.add_file(str(path), name=name)
        run.log_artifact(artifact)


def log_pictures(run: Any, name: str, pictures: Iterable[NDArray[np.uint8]]) -> None:
    """Show grey pictures, 0 to 255, of shape (height, width)."""
    run.log({name: [wandb.Image(picture) for picture in pictures]})


def _convert(table: pd.DataFrame) -> Any:
    # W&B knows no missing value but None, and no types of pandas.
    plain = table.astype(object).where(table.notna(), None)
    rows: list[Any] = plain.to_numpy().tolist()
    return wandb.Table(columns=list(plain.columns), data=rows)
