"""The text of a comparison: what was left out, what is outside, and one line of counts."""

from collections import Counter
from collections.abc import Iterable

from tests.oracle.judging import Outcome, Verdict

MOST_SHOWN = 20


def describe(verdicts: list[Verdict]) -> tuple[str, int]:
    """Write the comparison; return the text and the number of values outside tolerance."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    outside = [one for one in verdicts if one.outcome is Outcome.OUTSIDE]
    last = (
        f"compared {counts[Outcome.AGREES] + len(outside)} values,"
        f" {len(outside)} outside tolerance,"
        f" {counts[Outcome.UNDEFINED]} undefined as stated"
    )
    lines = [
        *_count_by_kind(verdicts),
        *_list_left_out(one for one in verdicts if one.outcome is Outcome.LEFT_OUT),
        *_list_outside(outside),
        last,
    ]
    return "\n".join(lines), len(outside)


def _count_by_kind(verdicts: list[Verdict]) -> Iterable[str]:
    counts: dict[str, Counter[Outcome]] = {}
    for verdict in verdicts:
        counts.setdefault(verdict.leaf.kind, Counter())[verdict.outcome] += 1
    for kind, found in counts.items():
        parts = ", ".join(f"{found[outcome]} {outcome.value}" for outcome in Outcome)
        yield f"{kind}: {parts}"


def _list_left_out(verdicts: Iterable[Verdict]) -> Iterable[str]:
    groups = Counter((one.leaf.kind, one.pattern, one.remark) for one in verdicts)
    yield f"left out: {sum(groups.values())} values"
    for (kind, pattern, reason), count in sorted(groups.items()):
        yield f"  {count:5d}  {kind}/{pattern}: {reason}"


def _list_outside(verdicts: list[Verdict]) -> Iterable[str]:
    if verdicts:
        yield f"outside tolerance: {len(verdicts)} values, the first {MOST_SHOWN}:"
    for one in verdicts[:MOST_SHOWN]:
        leaf = one.leaf
        yield (
            f"  {leaf.kind}/{leaf.case} {leaf.key}: R {leaf.value!r}, ours {one.ours!r}"
            f" ({one.remark})"
        )
