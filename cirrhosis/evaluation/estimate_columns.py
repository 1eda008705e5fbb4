"""How an estimate becomes the columns of a row."""

from typing import Any

from cirrhosis.statistics.estimates import Estimate

Row = dict[str, Any]


def spread(name: str, estimate: Estimate, reasons: list[str]) -> Row:
    """Return `name`, `name_low`, `name_high`, `name_n` and `name_method`.

    Args:
        name: Name of the measure.
        estimate: What was found.
        reasons: Why something is undefined is added here, after the measure's name.
    """
    if estimate.reason:
        reasons.append(f"{name}: {estimate.reason}")
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        f"{name}_n": estimate.n,
        f"{name}_method": estimate.method,
    }


def leave_empty(name: str) -> Row:
    """Return the columns of `spread` for a measure that is not estimated."""
    return dict.fromkeys((name, *(f"{name}_{part}" for part in ("low", "high", "n", "method"))))
