"""Whether a prepared patient is kept, flagged or left out, and why."""

from collections.abc import Mapping
from typing import NamedTuple

from cirrhosis.imaging.quality_settings import DECISIONS, KEEP, QualitySettings


class Finding(NamedTuple):
    """A measure outside its limit.

    Attributes:
        measure: Its name.
        decides: What the limit says of it.
        reason: In words, with value and limit.
    """

    measure: str
    decides: str
    reason: str


def find_breaches(
    values: Mapping[str, float | None], settings: QualitySettings
) -> tuple[Finding, ...]:
    """Return the measures of one sequence that lie outside a limit; undefined ones never do.

    A measure outside two limits is found once, with the graver decision.
    """
    found: dict[str, Finding] = {}
    for measure, limit in settings.by_measure():
        value = values.get(measure)
        breach = "" if value is None or limit.decides == KEEP else limit.describe_breach(value)
        if breach and _is_graver(limit.decides, found.get(measure)):
            found[measure] = Finding(measure, limit.decides, f"{measure} {breach}")
    return tuple(found.values())


def decide(findings: tuple[Finding, ...]) -> str:
    """Return the gravest decision, `keep` where nothing was found."""
    return max((one.decides for one in findings), key=DECISIONS.index, default=KEEP)


def _is_graver(decision: str, before: Finding | None) -> bool:
    return before is None or DECISIONS.index(decision) > DECISIONS.index(before.decides)
