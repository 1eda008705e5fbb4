"""What the product says to one value of R: a number, nothing with a reason, or no comparison."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True)
class Ours:
    """Our value beside one of R's.

    Attributes:
        value: Number, word, truth value, or None where the product calls it undefined.
        reason: What the product says where it is undefined or set by a convention; None where
            R's number has to be met.
        rel: Tolerance relative to R's value.
        abs: Absolute tolerance.
    """

    value: Any
    reason: str | None = None
    rel: float = 1e-9
    abs: float = 1e-12


@dataclass(frozen=True)
class LeftOut:
    """No comparison, and why."""

    reason: str


Block = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True)
class Kind:
    """How one kind of R's answers is met.

    Attributes:
        name: Folder of this kind.
        blocks: Beginning of a path -> function of (case, *captured segments) that returns our
            numbers in the same nesting as R's. `*` stands for one segment of any name.
        left_out: Pattern of a whole path -> reason.
        left_out_if_empty: The same, only where R wrote nothing.
        list_notes: Reads from a case which statistics R's side marks as meaningless, as
            `path: remark`, beside what stands under `degenerate`.
    """

    name: str
    blocks: Mapping[str, Block]
    left_out: Mapping[str, str] = field(default_factory=dict)
    left_out_if_empty: Mapping[str, str] = field(default_factory=dict)
    list_notes: Callable[[Mapping[str, Any]], list[str]] = lambda tree: []


def read(record: Any, name: str, **tolerance: float) -> Ours:
    """Read a number that has to be met; the reason counts only where it is None."""
    value = getattr(record, name)
    return Ours(value, record.reason if value is None else None, **tolerance)


def by_convention(record: Any, name: str, **tolerance: float) -> Ours:
    """Read a number that may be set by a convention, which the record's reason states."""
    return Ours(getattr(record, name), record.reason, **tolerance)


@cache
def capture(pattern: str, path: Path) -> Path | None:
    """Match `a/*/b|c` against the beginning of a path; return what varied, else None."""
    segments = pattern.split("/") if pattern else []
    if len(path) < len(segments):
        return None
    captured: list[str] = []
    for segment, found in zip(segments, path, strict=False):
        choices = segment.split("|")
        if segment != "*" and found not in choices:
            return None
        if segment == "*" or len(choices) > 1:
            captured.append(found)
    return tuple(captured)


def find_pattern(patterns: Sequence[str] | Mapping[str, Any], path: Path) -> str | None:
    """Return the first pattern that covers the whole path; `**` at the end covers any rest."""
    for pattern in patterns:
        open_ended = pattern.endswith("/**")
        stem = pattern.removesuffix("/**")
        if len(path) < len(stem.split("/")) or capture(stem, path) is None:
            continue
        if open_ended or len(path) == len(stem.split("/")):
            return pattern
    return None
