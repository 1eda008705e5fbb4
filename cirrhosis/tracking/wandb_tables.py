"""Tables, curves, files and pictures of a W&B run."""

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


def show_tables(run: Any, folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Show tables in the run, below `tables/`.

    They belong to the summary: what is logged at a step, viewers draw as curves.

    Args:
        run: Of W&B.
        folder: Of the experiment's tracked runs.
        tables: By name; nothing in them may tell who a patient is.
    """
    with staged_for(folder):
        run.summary.update({f"tables/{name}": _convert(table) for name, table in tables.items()})


def show_curves(run: Any, x_name: str, points: pd.DataFrame) -> None:
    """Draw lines over one axis, point by point, so that viewers lay runs over each other.

    Args:
        run: Of W&B.
        x_name: Column of the axis.
        points: The axis and a column per line, in the order of drawing.
    """
    run.define_metric(x_name, hidden=True)
    for name in points.columns.drop(x_name):
        run.define_metric(name, step_metric=x_name)
    for row in points.to_dict("records"):
        run.log({str(name): float(value) for name, value in row.items() if pd.notna(value)})


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
