"""The tables of segmentation, once every fold is trained."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.run_place import locate_run
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.run import read_status
from cirrhosis.contracts.splits import Splits
from cirrhosis.evaluation.mask_table import tabulate_masks

log = logging.getLogger("cirrhosis")


def write_tables(values: Mapping[str, Any], splits: Splits) -> Path | None:
    """Write scores of all held-out volumes and their means per sequence.

    They lie in `results/<experiment>/segmentation/<variant>/<sequences>/seed-<s>`:
    `volumes.csv`, and `table.csv` as the article's Table S3.

    Args:
        values: Plain configuration of the task.
        splits: The split.

    Returns:
        The folder; None as long as a fold of this split is not finished.
    """
    parts = []
    for fold in range(splits.n_folds):
        run = locate_run(dict(values) | {"fold": fold})
        status = read_status(run.status)
        is_finished = status is not None and status.state == "finished" and run.scores.exists()
        if not is_finished or status.identity["split_hash"] != splits.hash:  # type: ignore[union-attr]
            return None
        parts.append(read_table(run.scores))
    scores = pd.concat(parts, ignore_index=True).sort_values(["patient_id", "sequence"])
    folder = _locate(values)
    write_table(scores, folder / "volumes.csv")
    table = tabulate_masks(scores, seed=values["seed"])
    write_table(table, folder / "table.csv")
    for row in table[table["measure"] == "dice"].to_dict("records"):
        log.info("%s", _describe(row))
    log.info("tables in %s", folder)
    return folder


def _locate(values: Mapping[str, Any]) -> Path:
    parts = (values["name"], values["task"]["name"], values["variant"], values["sequences"])
    return Path(values["paths"]["results"]).joinpath(*parts, f"seed-{values['seed']}")


def _describe(row: Mapping[Any, Any]) -> str:
    # Fewer than two patients have no interval.
    limits = "" if pd.isna(row["low"]) else f" ({row['low']:.3f} to {row['high']:.3f})"
    return (
        f"{row['sequence']}: Dice {row['mean']:.3f}{limits}, lowest {row['lowest']:.3f},"
        f" {row['n_volumes']} volumes of {row['n_patients']} patients, {row['method']}"
    )
