"""What the product says to one value of R: a number, nothing with a reason, or no comparison."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cirrhosis.statistics.estimates import normal_quantile

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
        is_cut: True if the product cuts this limit to [0, 1]; R's is cut before the two meet.
    """

    value: Any
    reason: str | None = None
    rel: float = 1e-9
    abs: float = 1e-12
    is_cut: bool = False


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


def read_cut(record: Any, name: str) -> Ours:
    """Read a limit that the product cuts to [0, 1]."""
    return replace(read(record, name), is_cut=True)


def solve_error(record: Any) -> Ours | LeftOut:
    """Solve a normal interval for its standard error, by the limit that is not cut."""
    if record.value is None or record.low is None or record.high is None:
        return Ours(None, record.reason)
    if record.low > 0:
        return Ours((record.value - record.low) / normal_quantile(0.95))
    if record.high < 1:
        return Ours((record.high - record.value) / normal_quantile(0.95))
    return LeftOut("both limits of our interval are cut, which hides the error")


def mirror_limits(record: Any) -> list[Ours]:
    """Return the limits of a symmetric interval as they were before they were cut to [0, 1]."""
    if record.value is None:
        return [Ours(None, record.reason)] * 2
    low, high = record.low, record.high
    if high == 1 and low > 0:
        return [Ours(low), Ours(2 * record.value - low)]
    if low == 0 and high < 1:
        return [Ours(2 * record.value - high), Ours(high)]
    return [read_cut(record, "low"), read_cut(record, "high")]


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
        stem, depth, is_open = _split(pattern)
        if (len(path) == depth or (is_open and len(path) > depth)) and (
            capture(stem, path) is not None
        ):
            return pattern
    return None


@cache
def _split(pattern: str) -> tuple[str, int, bool]:
    stem = pattern.removesuffix("/**")
    return stem, len(stem.split("/")), stem != pattern
