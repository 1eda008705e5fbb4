"""Collects the prediction tables of finished runs."""

from pathlib import Path

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import check_predictions, read_predictions
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

    Args:
        folder: A variant's folder, `runs/<experiment>/<task>/<variant>`.

    Raises:
        ContractError: If there is no finished run, or runs of one combination come from
            different splits or data and so must not be put together.
    """
    finished = [(run, status) for run, status in find_runs(folder) if status.state == "finished"]
    if not finished:
        raise ContractError(
            f"expected finished runs in {folder}, but there are none; run `cirrhosis train -m"
            " sequences=all fold=all` with the same experiment first"
        )
    for key in ("split_hash", "data_hash"):
        hashes = {str(status.identity[key]) for _, status in finished}
        if len(hashes) > 1:
            raise ContractError(
                f"expected all runs in {folder} to share one {key.replace('_', ' ')}, but found"
                f" {first(sorted(hashes))}; train the older runs again with on_existing=force"
            )
    tables = [read_predictions(run.predictions) for run, _ in finished]
    return check_predictions(pd.concat(tables, ignore_index=True), folder)
