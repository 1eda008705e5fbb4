"""The sweep as a command line, and the place where it leaves its runs."""

import sys
from dataclasses import dataclass
from pathlib import Path

from source import SETTINGS

# A run stops on its stopping rows and writes a restart point before every epoch, so that a
# kill hits a file in the middle of its writing as often as can be.
TRAINING = (
    "protocol.minimum_stopping=1",
    "trainer.max_epochs=40",
    "callbacks.early_stopping.patience=40",
    "callbacks.restart_every_n_seconds=0",
    "logger=none",
    "threads=1",
    "progress=false",
    "variant=v",
)


@dataclass(frozen=True)
class Sweep:
    """One sweep.

    Attributes:
        folder: Of all that it writes; the store and the split are shared with others.
        words: What it sweeps over, and further settings.
    """

    folder: Path
    words: tuple[str, ...]

    @property
    def runs(self) -> Path:
        """Folder of its runs."""
        return self.folder / "runs"

    @property
    def log(self) -> Path:
        """What its command prints, every time it is started."""
        return self.folder / "output.log"

    @property
    def line(self) -> list[str]:
        """The command line, the same every time."""
        # Quoted, because folders have names with blanks and more.
        places = [f"paths.{name}='{self.folder / name}'" for name in ("runs", "logs", "results")]
        start = [sys.executable, "-m", "cirrhosis.commands", "train", "-m"]
        return [*start, *SETTINGS, *TRAINING, *places, *self.words]
