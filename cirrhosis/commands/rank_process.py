"""One of the processes that train a run together: `python -m ... <exchange folder>`.

It is started by `ranks`, reads the resolved configuration and never sees Hydra, so that
no folder, sweep or configuration comes about twice.
"""

import logging
import os
import sys
import threading
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cirrhosis.commands.fitted import Fitted
from cirrhosis.commands.fold_plan import plan_fold
from cirrhosis.commands.placement import Placement, find_placement
from cirrhosis.commands.run_sources import open_sources
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_json, write_json


def main() -> None:
    """Train, and leave the result or the error in the exchange folder."""
    exchange = Path(sys.argv[1])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    place = find_placement(os.environ)
    report = exchange / f"rank-{place.rank}.json"
    try:
        fitted = _fit(read_json(exchange / "values.json"), place)
    except BaseException as error:
        write_json(_describe(error), report)
        if not place.is_first:
            traceback.print_exc()
        sys.exit(1)
    scores = {"patients": fitted.y_score.index.tolist(), "scores": fitted.y_score.tolist()}
    write_json(asdict(fitted) | {"y_score": scores}, report)


def _fit(values: dict[str, Any], place: Placement) -> Fitted:
    # Seconds of imports, in which the parent may already end or an error be raised.
    from cirrhosis.commands.fold_run import fit_fold

    run = plan_fold(values, open_sources(values), n_ranks=place.n_ranks)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if place.is_first:
        handlers.append(logging.FileHandler(run.plan.folder.log))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    return fit_fold(run, place, beat=None)


def _describe(error: BaseException) -> dict[str, Any]:
    kind = "" if isinstance(error, ContractError) else f"{type(error).__name__}: "
    return {
        "error": f"{kind}{error}",
        "time": time.time(),
        "traceback": "".join(traceback.format_exception(error)),
    }


def _end_with_parent() -> None:
    # The parent never writes: the pipe ends when the parent does, however it ends, and a
    # process that waits for others in a collective could not be told in another way.
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
