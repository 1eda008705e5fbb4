"""W&B runs, opened without a prompt and closed with the right exit code."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import wandb

from cirrhosis.contracts.errors import ContractError
from cirrhosis.tracking.run_label import RunLabel

log = logging.getLogger("cirrhosis")

MODES = ("offline", "online", "disabled")


def open_run(label: RunLabel, *, mode: str, folder: Path) -> Any:
    """Return a W&B run of its own.

    Machine, console, code, repository and packages are not captured: a hospital's host
    names, paths and whatever a script prints stay where they are. A server that cannot be
    reached costs no run: it is written as if `offline` had been asked for.

    Args:
        label: How it is called.
        mode: `offline` or `online`; nothing else differs between them.
        folder: Where W&B makes its folder `wandb`; processes may share it.

    Raises:
        ContractError: If the mode is unknown, or online needs an account first.
    """
    if mode not in MODES:
        raise ContractError(
            f"expected logger.mode to be one of {', '.join(MODES)}, but got '{mode}'"
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _start(label, mode, folder)
    except wandb.errors.CommError as error:
        log.warning(
            "W&B cannot be reached (%s); the run is written offline, `wandb sync` sends it later",
            str(error).splitlines()[0],
        )
        return _start(label, "offline", folder)
    except wandb.errors.UsageError as error:
        raise ContractError(
            f"expected an account for logger.mode={mode}, but W&B says: {error} Log in with"
            " `wandb login`, or use logger.mode=offline or logger=none."
        ) from error
    except Exception:
        # W&B's own process died under an earlier run of this process; a new one takes over.
        with contextlib.suppress(ConnectionError):
            wandb.teardown()
        return _start(label, mode, folder)


def _start(label: RunLabel, mode: str, folder: Path) -> Any:
    settings = wandb.Settings(
        console="off",
        init_timeout=30,  # a server that does not answer must not cost a sweep hours
        disable_git=True,
        host="",  # else the name of the machine
        save_code=False,
        silent=True,
        x_disable_machine_info=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )
    return wandb.init(
        mode=mode,  # type: ignore[arg-type]
        dir=str(folder),
        project=label.project,
        group=label.group,
        job_type=label.job_type,
        name=label.name,
        id=label.run_id,
        resume="allow",
        tags=list(label.tags),
        config=dict(label.config),
        settings=settings,
        # Without it a run that is still open would be reused, and two folds become one run.
        reinit="create_new",
    )
