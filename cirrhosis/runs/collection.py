"""Collects the prediction tables of finished runs."""

from pathlib import Path

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.fold_names import parse_folds
from cirrhosis.contracts.predictions import COLUMNS, check_predictions, read_predictions
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status


def find_runs(folder: Path) -> list[tuple[RunFolder, RunStatus]]:
    """Return every run below `folder` with its status, sorted by place."""
    found = []
    for path in sorted(folder.rglob("status.json")):
        status = read_status(path)
        if status is not None:
            found.append((RunFolder(path.parent), status))
    return found


def collect_predictions(folder: Path) -> pd.DataFrame:
    """Return the predictions of all finished runs below `folder` as one table.

    Runs that hold out two folds stay out: they are for `collect_pairs`.

    Args:
        folder: A variant's folder, `runs/<experiment>/<task>/<variant>`.

    Raises:
        ContractError: If there is no finished run, or runs of one combination come from
            different splits or data and so must not be put together.
    """
    finished = [run for run, folds in _find_finished(folder) if len(folds) == 1]
    if not finished:
        raise ContractError(
            f"expected finished runs in {folder}, but there are none; run `cirrhosis train -m"
            " sequences=all fold=all` with the same experiment first"
        )
    tables = [read_predictions(run.predictions) for run in finished]
    return check_predictions(pd.concat(tables, ignore_index=True), folder)


def collect_pairs(folder: Path) -> pd.DataFrame:
    """Return the predictions of all finished runs that hold out two folds.

    Returns:
        The columns of predictions and `without`: the other fold that the network of the
        row did not see. `fold` is the patient's own. Empty without such runs.

    Raises:
        ContractError: If runs come from different splits or data.
    """
    tables = []
    for run, folds in _find_finished(folder):
        if len(folds) == 2:
            rows = read_predictions(run.predictions)
            tables.append(rows.assign(without=sum(folds) - rows["fold"]))
    columns = [*COLUMNS, "without"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _find_finished(folder: Path) -> list[tuple[RunFolder, tuple[int, ...]]]:
    """Return finished runs of one split and data, with the folds that they hold out."""
    finished = [(run, status) for run, status in find_runs(folder) if status.state == "finished"]
    for key in ("split_hash", "data_hash"):
        hashes = {str(status.identity[key]) for _, status in finished}
        if len(hashes) > 1:
            raise ContractError(
                f"expected all runs in {folder} to share one {key.replace('_', ' ')}, but found"
                f" {first(sorted(hashes))}; train the older runs again with on_existing=force"
            )
    return [(run, parse_folds(status.identity["config"]["fold"])) for run, status in finished]
