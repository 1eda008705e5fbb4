"""The spread of a measure between centres, on a scale where its errors are normal."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

from cirrhosis.evaluation.judges import Row
from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.heterogeneity import Heterogeneity, heterogeneity


class Scale(NamedTuple):
    """A scale on which a measure is pooled.

    Attributes:
        name: Its name.
        there: Maps a value to the scale.
        back: Maps a value of the scale back.
    """

    name: str
    there: Callable[[float], float]
    back: Callable[[float], float]


IDENTITY = Scale("identity", float, float)
SCALES = {
    "auroc": Scale("logit", lambda value: float(logit(value)), lambda x: float(expit(x))),
    "observed_to_expected": Scale(
        "log", lambda value: float(np.log(value)), lambda x: float(np.exp(x))
    ),
    "calibration_slope": IDENTITY,
    "calibration_in_the_large": IDENTITY,
}


class CenterEstimate(NamedTuple):
    """A measure in one centre.

    Attributes:
        value: The estimate; None where undefined.
        error: Standard error on the scale of the measure; None where it has none.
    """

    value: float | None
    error: float | None


def estimate_error(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    measure: str,
    confidence_level: float,
) -> CenterEstimate:
    """Return the standard error behind a normal interval on the measure's scale.

    Args:
        value: The estimate.
        low: Lower limit.
        high: Upper limit.
        measure: A key of `SCALES` other than the area, whose intervals are not all normal.
        confidence_level: Coverage of the limits.
    """
    if value is None or low is None or high is None:
        return CenterEstimate(value, None)
    there = SCALES[measure].there
    return CenterEstimate(
        value, (there(high) - there(low)) / (2 * normal_quantile(confidence_level))
    )


def estimate_area_error(area: float | None, variance: float | None) -> CenterEstimate:
    """Return DeLong's standard error on the logit scale; none for an area of 0 or 1."""
    if area is None or variance is None or area in (0.0, 1.0):
        return CenterEstimate(area, None)
    return CenterEstimate(area, float(np.sqrt(variance)) / (area * (1 - area)))


def pool_centers(measure: str, estimates: list[CenterEstimate], *, confidence_level: float) -> Row:
    """Return heterogeneity, the mean over centres, and what to expect of a new centre.

    Areas are pooled on the logit and O:E on the log scale; `tau_squared` is in squared units
    of that scale, everything else is mapped back. A new centre's true value lies in the
    prediction interval; it needs three centres, and with few of them it is wide.

    Args:
        measure: A key of `SCALES`.
        estimates: One per centre; centres without a standard error are left out and counted.
        confidence_level: Coverage of both intervals.

    References:
        DerSimonian, Laird (1986), Controlled Clinical Trials 7(3), 177-188.
        Higgins, Thompson, Spiegelhalter (2009), J R Stat Soc A 172(1), 137-159 (prediction).
        Debray et al. (2019), Statistical Methods in Medical Research 28(9), 2768-2786 (scales).
    """
    scale = SCALES[measure]
    usable = [one for one in estimates if one.error is not None]
    found = heterogeneity(
        [
            one.value if one.value is None or one.error is None else scale.there(one.value)
            for one in estimates
        ],
        [None if one.error is None else one.error**2 for one in estimates],
        confidence_level=confidence_level,
    )
    low, high, method = _predict(found, confidence_level)
    return {
        "measure": measure,
        "scale": scale.name,
        "n_centers": len(usable),
        "n_left_out": len(estimates) - len(usable),
        "q": found.q,
        "degrees_of_freedom": found.degrees_of_freedom,
        "p": found.p_value,
        "i_squared": found.i_squared,
        "tau_squared": found.tau_squared,
        "pooled": _go_back(scale, found.pooled.value),
        "pooled_low": _go_back(scale, found.pooled.low),
        "pooled_high": _go_back(scale, found.pooled.high),
        "method": found.pooled.method,
        "prediction_low": _go_back(scale, low),
        "prediction_high": _go_back(scale, high),
        "prediction_method": method,
        "reason": found.reason or "",
    }


def _predict(found: Heterogeneity, level: float) -> tuple[float | None, float | None, str]:
    mean, high = found.pooled.value, found.pooled.high
    if found.n_groups < 3 or mean is None or high is None or found.tau_squared is None:
        return None, None, "none: a prediction interval needs three centres"
    error = (high - mean) / normal_quantile(level)
    freedom = found.n_groups - 2
    margin = float(t.ppf((1 + level) / 2, freedom)) * float(np.sqrt(found.tau_squared + error**2))
    return mean - margin, mean + margin, f"t_with_{freedom}_degrees_of_freedom"


def _go_back(scale: Scale, value: float | None) -> float | None:
    return None if value is None else scale.back(value)
