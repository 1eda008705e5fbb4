"""What the masks of an external segmenter depend on: release, weights, command line."""

import subprocess
from pathlib import Path

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import hash_content, hash_file
from cirrhosis.imaging.external_tool import ExternalTool

# Loading torch from a network file system for its number takes a while.
VERSION_SECONDS = 300.0


def read_version(tool: ExternalTool, executable: Path) -> str:
    """Return the release of the program, in words.

    The environment of the executable knows it; MRSegmentator has no option that tells it.
    A program from elsewhere is asked for `--version`, and is `unknown` if it has no answer.
    """
    environment = executable.resolve().parent.parent
    stem = f"{tool.package}-"
    for folder in sorted(environment.glob("lib/python*/site-packages/*.dist-info")):
        name = folder.name.removesuffix(".dist-info").lower()
        if name.startswith(stem):
            return name.removeprefix(stem)
    return _ask_version(executable)


def _ask_version(executable: Path) -> str:
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    words = " ".join(answer.stdout.split())
    return words[:100] if words and answer.returncode == 0 else "unknown"


def list_weights(tool: ExternalTool, weights: str) -> list[tuple[str, int]]:
    """Return name and size of each file of weights; gigabytes are not read for their hash.

    Raises:
        ContractError: If a folder is named and has no files.
    """
    if not weights:
        return []
    folder = Path(weights)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = [
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in files
        if path != folder / tool.counter
    ]
    if not listed:
        found = first(path.name for path in folder.iterdir()) if folder.is_dir() else ""
        raise ContractError(
            f"expected the weights of {tool.package} in {folder}"
            f" (`preparation.liver.external.weights`), but found {found or 'no such folder'};"
            " download them as docs/external_segmenters.md says"
        )
    return listed


def identify_tool(
    tool: ExternalTool,
    executable: Path,
    *,
    version: str,
    weights: str,
    class_index: int,
    arguments: tuple[str, ...],
) -> str:
    """Return a hash of everything a mask depends on beside the volume.

    Args:
        tool: The program.
        executable: Its path; the file's content counts, not its place.
        version: Of `read_version`.
        weights: Folder of its weights, empty for its own place.
        class_index: Value of the liver.
        arguments: The user's own words on its command line.
    """
    return hash_content(
        {
            "tool": tool.package,
            # The start script names its environment, which may move: of a known release only
            # the number counts.
            "program": hash_file(executable) if version == "unknown" else version,
            "weights": list_weights(tool, weights),
            "words": [*tool.words, *arguments],
            "class": class_index,
        }
    )
