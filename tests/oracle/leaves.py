"""The values that R wrote, one by one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.oracle.answers import Path
from tests.oracle.cases import Case


@dataclass(frozen=True)
class Leaf:
    """One value of R.

    Attributes:
        kind: Folder of its kind.
        case: Data set.
        path: Keys from the top of the case down to the value.
        value: Number, word, truth value, or None where R had NA, NaN or infinity.
        degenerate: What R's side says about an undefined statistic, None where it is defined.
    """

    kind: str
    case: str
    path: Path
    value: Any
    degenerate: str | None = None

    @property
    def key(self) -> str:
        """The path as one word."""
        return ".".join(self.path)


def walk(tree: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every leaf of nested mappings and lists; an empty list has none."""
    if isinstance(tree, dict):
        for key, below in tree.items():
            yield from walk(below, (*above, key))
    elif isinstance(tree, list):
        for number, below in enumerate(tree):
            yield from walk(below, (*above, str(number)))
    else:
        is_number = isinstance(tree, float) and math.isfinite(tree)
        yield above, tree if is_number or not isinstance(tree, float) else None


def list_leaves(case: Case, more_notes: list[str]) -> list[Leaf]:
    """List the values of one case with what R's side calls degenerate."""
    notes = case.expected.get("degenerate", [])
    notes = [*([notes] if isinstance(notes, str) else notes), *more_notes]
    return [
        Leaf(case.kind, case.name, path, value, _find_note(notes, path))
        for path, value in walk(case.expected)
        if path[0] != "degenerate"
    ]


def _find_note(notes: list[str], path: Path) -> str | None:
    """Find the note that names this path: `auc.score1: ...` or `binary_tests ppv: ...`."""
    for note in notes:
        words = [word for part in note.split(":")[0].split() for word in part.split(".")]
        if _names(words, path):
            return note
    return None


def _names(words: list[str], path: Path) -> bool:
    """True if the words occur in the path in this order.

    A word also stands for a key that begins with it: `ppv` names `ppv_difference`.
    """
    at = 0
    for segment in path:
        if at < len(words) and (segment == words[at] or segment.startswith(f"{words[at]}_")):
            at += 1
    return at == len(words)
