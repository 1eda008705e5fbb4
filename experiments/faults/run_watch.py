"""What happens to the folders of runs, seen from outside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Every result of a run; a run that is trained again writes all of them anew.
RESULTS = ("metrics.csv", "predictions.csv", "checkpoints/best.ckpt", "checkpoints/final.ckpt")


@dataclass(frozen=True)
class Mark:
    """One writing of a file.

    A file that is written again is another inode or has another time of change, which no
    program sets as it likes, unlike the time of modification.
    """

    inode: int
    changed_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> "Mark | None":
        """Return the mark of a file as it is now; None if there is none."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return cls(found.st_ino, found.st_ctime_ns, found.st_size)


class RunWatch:
    """Remember how a run's results stood when it was first seen finished.

    That a run is finished is the product's claim; that its results were not touched since
    is seen in the files alone.

    Args:
        runs: Folder of all runs.
    """

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.marks: dict[str, dict[str, Mark | None]] = {}
        self.touched: dict[str, str] = {}

    def look(self) -> None:
        """Look at every run once; called many times a second, so that nothing is missed."""
        for folder in self._folders():
            name = str(folder.relative_to(self.runs))
            if name in self.marks:
                self._compare(name, folder)
            elif _read(folder / "status.json").get("state") == "finished":
                self.marks[name] = _mark_results(folder)

    @property
    def n_finished(self) -> int:
        """Runs that were seen finished."""
        return len(self.marks)

    def owners(self) -> dict[str, int]:
        """Return the process that works on a run, for each run that is claimed."""
        claims = {
            str(folder.relative_to(self.runs)): _read(folder / "claim.json").get("process")
            for folder in self._folders()
        }
        return {name: int(process) for name, process in claims.items() if process}

    def unfinished(self) -> list[str]:
        """Return runs that have begun and are not finished."""
        begun = {
            str(folder.relative_to(self.runs))
            for folder in self._folders()
            if _read(folder / "status.json").get("state") in ("running", "failed")
        }
        return sorted(begun - self.marks.keys())

    def _folders(self) -> Iterator[Path]:
        # <experiment>/<task>/<variant>/<sequences>/seed-<s>/fold-<k>
        return self.runs.glob("*/*/*/*/seed-*/fold-*")

    def _compare(self, name: str, folder: Path) -> None:
        now = _mark_results(folder)
        changed = [result for result in RESULTS if now[result] != self.marks[name][result]]
        state = _read(folder / "status.json").get("state")
        if changed:
            self.touched.setdefault(name, f"{', '.join(changed)} written again")
        elif state != "finished":
            self.touched.setdefault(name, f"state went from finished to {state}")


def _mark_results(folder: Path) -> dict[str, Mark | None]:
    return {result: Mark.of(folder / result) for result in RESULTS}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}
