"""A W&B run that nothing is trained in: opened, filled and closed at once."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cirrhosis.commands.tracked_names import (
    describe_code,
    identify,
    name_group,
    tracking_folder,
    without_places,
)
from cirrhosis.contracts.files import hash_content, read_json, write_json
from cirrhosis.tracking.run_label import RunLabel

log = logging.getLogger("cirrhosis")


def uses_wandb(values: Mapping[str, Any]) -> bool:
    """Return whether runs are tracked by W&B."""
    settings = values["logger"]
    return settings["name"] == "wandb" and settings["mode"] != "disabled"


@contextlib.contextmanager
def without_harm(what: str) -> Iterator[None]:
    """Make a warning of whatever keeps `what` from being tracked.

    The results lie in the outputs; neither a sweep that is trained nor a fusion may fail
    because W&B, its server or a disk does.
    """
    try:
        yield
    except Exception as error:
        log.warning("W&B has no %s: %s: %s", what, type(error).__name__, str(error))


def label_side_run(
    values: Mapping[str, Any],
    variant: str,
    *,
    job_type: str,
    name: str,
    config: Mapping[str, Any],
) -> RunLabel:
    """Return how a run is called that belongs to a variant and not to a fold.

    Args:
        values: Plain configuration.
        variant: Whose results it holds.
        job_type: `summary`, `fusion` or `evaluation`.
        name: Readable, and unique among those of the variant.
        config: What describes it beside experiment, variant and code.
    """
    words = {"experiment": values["name"], "variant": variant}
    return RunLabel(
        project=values["logger"]["project"],
        group=name_group(values, variant),
        job_type=job_type,
        name=name,
        run_id=identify(values, name, variant, job_type),
        tags=[values["name"], job_type],
        config=words | describe_code() | without_places(config),
    )


def write_side_run(
    values: Mapping[str, Any],
    label: RunLabel,
    state: object,
    fill: Callable[[Any, Path], None],
) -> bool:
    """Write a run unless it is there in this state; return whether it was written.

    Args:
        values: Plain configuration.
        label: How the run is called.
        state: Plain values that change when the run has something new to say.
        fill: Takes W&B's run and the folder of the experiment's tracked runs.
    """
    folder = tracking_folder(values)
    record = folder / "written" / f"{label.run_id}.json"
    wanted = {"name": label.name, "state": hash_content([values["logger"], state])}
    if record.exists() and read_json(record) == wanted:
        return False
    from cirrhosis.tracking.wandb_run import open_run

    run = open_run(label, mode=values["logger"]["mode"], folder=folder)
    failed = True
    try:
        fill(run, folder)
        failed = False
    finally:
        run.finish(exit_code=int(failed))
    write_json(wanted, record)
    return True
