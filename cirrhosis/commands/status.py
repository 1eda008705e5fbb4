"""Show what became of an experiment's runs: `cirrhosis status experiment=paper`."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.places import runs_of
from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.overview import Overview, RunRecord, read_overview
from cirrhosis.runs.overview_table import Page, describe_overview, read_tail

FORMATS = ("table", "json")


def run(config: DictConfig) -> None:
    """Print the table, or everything as JSON; exit with 1 if a run failed or is stale.

    Raises:
        ContractError: If nothing was trained yet.
    """
    values = plain(config)
    if values["format"] not in FORMATS:
        raise ContractError(
            f"expected format to be one of {', '.join(FORMATS)}, but got '{values['format']}'"
        )
    folder = _find(values)
    overview = read_overview(folder, takeover_seconds=values["takeover_seconds"])
    if not overview.runs:
        raise ContractError(
            f"expected runs in {folder}, but there are none; name the experiment with"
            " experiment=... or name=..., or train it: cirrhosis train -m sequences=all fold=all"
        )
    if values["format"] == "json":
        print(json.dumps(tabulate(overview, n_lines=values["log_lines"]), indent=2))
    else:
        print(folder)
        print(describe_overview(overview, this_page(), log_lines=values["log_lines"]))
    if overview.counts["failed"] or overview.counts["stale"]:
        sys.exit(1)


def this_page() -> Page:
    """Return how what is printed now may look: colours only where a person reads them."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size(fallback=(100, 24)).columns
    return Page(width, coloured=sys.stdout.isatty() and not is_plain)


def tabulate(overview: Overview, *, n_lines: int) -> dict[str, Any]:
    """Return an overview as plain values."""
    return {
        "counts": overview.counts,
        "n_left": overview.n_left,
        "n_processes": overview.n_owners,
        "seconds_left_of_one_process": overview.seconds_left,
        "differences": overview.differences,
        "runs": [_tabulate_run(record, n_lines) for record in overview.runs],
    }


def _tabulate_run(record: RunRecord, n_lines: int) -> dict[str, Any]:
    is_failed = record.state == "failed"
    return {
        "variant": record.variant,
        "sequences": record.sequences,
        "seed": record.seed,
        "fold": record.fold,
        "state": record.state,
        "best": record.best,
        "seconds": record.seconds,
        "silent_seconds": record.silent_seconds,
        "owner": record.owner,
        "reason": record.reason,
        "folder": str(record.folder.folder),
        "log_end": read_tail(record, n_lines) if is_failed else [],
    }


def _find(values: Mapping[str, Any]) -> Path:
    folder = runs_of(values).absolute()
    return folder / values["variant"] if values["variant"] else folder
