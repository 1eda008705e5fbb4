"""Two thresholds around a grey zone, chosen on training rows by targets."""

from typing import NamedTuple

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.judges import Judge
from cirrhosis.evaluation.operating_settings import OperatingSettings
from cirrhosis.statistics.thresholds import threshold_at_sensitivity, threshold_at_specificity

# What is said to be chosen on training rows.
ZONES = "rule_out_and_rule_in"


class Zones(NamedTuple):
    """Thresholds of the zones: ruled out below the first, ruled in from the second on.

    Attributes:
        rule_out: Below it a patient is ruled out; None when undefined.
        rule_in: At or above it a patient is ruled in; None when undefined.
        reason: Why one is undefined, or why there is no grey zone.
    """

    rule_out: float | None
    rule_in: float | None
    reason: str | None = None


def choose_zones(judges: dict[str, Judge], *, settings: OperatingSettings) -> Zones:
    """Choose the thresholds of a model from its out-of-fold training rows alone.

    The rule-out threshold is the highest score that keeps the target sensitivity, the
    rule-in threshold the lowest that keeps the target specificity. A model that is good
    enough meets both at one score: then rule-out lies above rule-in, every score between
    meets both targets, and the model's own cut-off, moved into that range, serves as both.

    Args:
        judges: One model on its splits.
        settings: The targets.
    """
    if TRAINING not in judges:
        return Zones(None, None, "the model has no training rows to choose thresholds on")
    judge = judges[TRAINING]
    truth, score = judge.scores.y_true, judge.scores.y_score
    out = threshold_at_sensitivity(truth, score, target=settings.rule_out_sensitivity)
    into = threshold_at_specificity(truth, score, target=settings.rule_in_specificity)
    if out.threshold is None or into.threshold is None:
        reasons = (f"rule-out: {out.reason}" if out.reason else "", into.reason or "")
        told = (reasons[0], f"rule-in: {reasons[1]}" if reasons[1] else "")
        return Zones(out.threshold, into.threshold, "; ".join(filter(None, told)))
    if out.threshold <= into.threshold:
        return Zones(out.threshold, into.threshold)
    own = judge.cut_off.threshold
    middle = into.threshold if own is None else min(max(own, into.threshold), out.threshold)
    return Zones(middle, middle, "one threshold meets both targets: there is no grey zone")
