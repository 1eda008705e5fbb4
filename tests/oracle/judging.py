"""The verdict on one value: agrees, outside the tolerance, undefined as stated, or left out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.oracle.answers import LeftOut, Ours
from tests.oracle.leaves import Leaf

NO_REASON = "None without a reason"


class Outcome(Enum):
    """What became of one value of R."""

    AGREES = "agrees"
    OUTSIDE = "outside"
    UNDEFINED = "undefined"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Verdict:
    """One value of R, what we say, and what follows.

    Attributes:
        leaf: R's value.
        outcome: What became of it.
        ours: Our value, None where there is none.
        remark: Tolerance, reason of the product, or reason for leaving it out.
        pattern: For values left out, the keys that share the reason.
    """

    leaf: Leaf
    outcome: Outcome
    ours: Any
    remark: str
    pattern: str = ""


def judge(leaf: Leaf, ours: Ours) -> Verdict:
    """Compare one value of R with ours.

    Where R has nothing, or calls the statistic degenerate, the product must give None or the
    value of a convention, with its reason; a bare number or a bare None is outside.
    """
    if leaf.value is not None and _agree(leaf.value, ours):
        return Verdict(leaf, Outcome.AGREES, ours.value, _say_tolerance(ours))
    if ours.reason and (leaf.value is None or leaf.degenerate):
        return Verdict(leaf, Outcome.UNDEFINED, ours.value, ours.reason)
    remark = ours.reason or _say_tolerance(ours)
    if not ours.reason and ours.value is None:
        remark = NO_REASON
    elif leaf.value is None:
        remark = "R has no value here"
    return Verdict(leaf, Outcome.OUTSIDE, ours.value, remark)


def leave_out(leaf: Leaf, left_out: LeftOut, pattern: str) -> Verdict:
    """Record that a value is not compared."""
    return Verdict(leaf, Outcome.LEFT_OUT, None, left_out.reason, pattern)


def _agree(value: Any, ours: Ours) -> bool:
    if isinstance(value, str | bool) or isinstance(ours.value, str | Mapping | None):
        return bool(value == ours.value)
    if ours.is_cut:
        value = min(1.0, max(0.0, value))
    return math.isclose(
        value, ours.value, rel_tol=0.0, abs_tol=max(ours.abs, ours.rel * abs(value))
    )


def _say_tolerance(ours: Ours) -> str:
    return f"relative {ours.rel:g}, absolute {ours.abs:g}"
