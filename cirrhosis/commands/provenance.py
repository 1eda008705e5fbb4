"""Which code made a result."""

import functools
import subprocess
from importlib.metadata import version
from pathlib import Path


@functools.cache
def code_version() -> str:
    """Return the release and, in a checkout, the commit, marked `+` if files differ from it."""
    folder = Path(__file__).resolve().parents[2]
    release = version("cirrhosis")
    if not (folder / ".git").exists():
        return release
    commit = _git(folder, "rev-parse", "--short=12", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{release} {commit}{'+' if changed else ''}" if commit else release


def _git(folder: Path, *words: str) -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
