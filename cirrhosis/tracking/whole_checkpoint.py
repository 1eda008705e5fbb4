"""Checkpoints that are whole or absent."""

from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import TorchCheckpointIO

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import whole_file


class WholeCheckpointIO(TorchCheckpointIO):
    """Write a checkpoint beside its place and rename it.

    Lightning collects it in memory first and then writes in place; a process that is
    killed while it writes would leave a checkpoint that cannot be read, and with it lose
    the run.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write `checkpoint` to `path`."""
        del storage_options
        write_checkpoint(checkpoint, Path(path))


def write_checkpoint(content: dict[str, Any], path: Path) -> None:
    """Write `content`, whole or not at all.

    Raises:
        ContractError: If the disk does not take it; an earlier checkpoint is still there.
    """
    try:
        with whole_file(path) as partial, partial.open("wb") as stream:
            torch.save(content, stream)
    except (OSError, RuntimeError) as error:
        # torch wraps what the disk says in an error of its own.
        cause = error if isinstance(error, OSError) else error.__context__ or error
        stays = "the earlier one there is whole" if path.exists() else "there is none before it"
        raise ContractError(
            f"expected to write the checkpoint {path}, but the disk did not take it: {cause};"
            f" {stays}. Make room or make it writable and give the same command again;"
            " callbacks.restart_every_n_epochs=0 does without restart points."
        ) from error
