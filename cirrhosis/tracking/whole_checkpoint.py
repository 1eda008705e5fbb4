"""Checkpoints that are whole or absent."""

from pathlib import Path
from typing import Any

from lightning_fabric.plugins import TorchCheckpointIO

from cirrhosis.contracts.files import whole_file


class WholeCheckpointIO(TorchCheckpointIO):
    """Write a checkpoint beside its place and rename it.

    Lightning writes in place; a process that is killed while it writes would leave a
    checkpoint that cannot be read, and with it lose the run.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write `checkpoint` to `path`."""
        with whole_file(Path(path)) as partial:
            super().save_checkpoint(checkpoint, partial, storage_options)
