"""Whether estimates of several groups differ by more than chance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import FloatArray, check_level

METHOD = "dersimonian_laird"


class Heterogeneity(NamedTuple):
    """Spread of the groups' estimates around their mean.

    Attributes:
        q: Cochran's statistic; None when undefined.
        degrees_of_freedom: Groups that entered minus 1.
        p_value: Of Q against chi-square.
        i_squared: Share of the spread that is not chance, in [0, 1].
        tau_squared: Variance between groups, in squared units of the estimates.
        pooled: Random-effects mean of the groups with a normal interval; `n` counts groups.
        n_groups: Groups that entered.
        reason: Why something is undefined, or how many groups were left out.
    """

    q: float | None
    degrees_of_freedom: int
    p_value: float | None
    i_squared: float | None
    tau_squared: float | None
    pooled: Estimate
    n_groups: int
    reason: str | None = None


def heterogeneity(
    estimates: Sequence[float | None],
    variances: Sequence[float | None],
    *,
    confidence_level: float = 0.95,
) -> Heterogeneity:
    """Test whether independent groups share one true value, and pool them.

    Estimand: the mean of the groups' true values and the variance between them. Groups
    are independent, their estimates normal with known variances: give areas or log odds
    ratios of enough patients. With few groups the test has little power, so a large p
    value does not show that centres agree. Groups without an estimate or with a variance
    of 0 are left out and counted in `reason`; with fewer than two nothing is tested.

    Args:
        estimates: One value per group, None where undefined.
        variances: Squared standard error of each.
        confidence_level: Coverage of the pooled interval, in (0, 1).

    Raises:
        ValueError: If the lengths differ.

    References:
        Cochran (1954), Biometrics 10(1), 101-129 (Q).
        DerSimonian, Laird (1986), Controlled Clinical Trials 7(3), 177-188.
        Higgins, Thompson (2002), Statistics in Medicine 21(11), 1539-1558 (I squared).

    Example:
        >>> heterogeneity([0.8, 0.8], [0.01, 0.02]).q
        0.0
    """
    check_level(confidence_level)
    pairs = [
        (value, variance)
        for value, variance in zip(estimates, variances, strict=True)
        if value is not None and variance is not None and variance > 0
    ]
    left_out = len(estimates) - len(pairs)
    note = f"{left_out} groups without a value or variance were left out" if left_out else None
    if len(pairs) < 2:
        reason = f"heterogeneity needs two groups with a variance, found {len(pairs)}"
        nothing = Estimate(None, None, None, len(pairs), METHOD, reason)
        return Heterogeneity(None, 0, None, None, None, nothing, len(pairs), reason)
    value, weight = np.array([one for one, _ in pairs]), 1 / np.array([two for _, two in pairs])
    freedom = len(pairs) - 1
    q = float(weight @ (value - weight @ value / weight.sum()) ** 2)
    tau_squared = max(0.0, (q - freedom) / float(weight.sum() - weight @ weight / weight.sum()))
    pooled = _pool(value, 1 / (1 / weight + tau_squared), level=confidence_level)
    return Heterogeneity(
        q=q,
        degrees_of_freedom=freedom,
        p_value=float(chi2.sf(q, freedom)),
        i_squared=max(0.0, 1 - freedom / q) if q > 0 else 0.0,
        tau_squared=tau_squared,
        pooled=pooled,
        n_groups=len(pairs),
        reason=note,
    )


def _pool(
    value: FloatArray,
    weight: FloatArray,
    *,
    level: float,
) -> Estimate:
    mean = float(weight @ value / weight.sum())
    margin = normal_quantile(level) / float(np.sqrt(weight.sum()))
    return Estimate(mean, mean - margin, mean + margin, value.size, METHOD)
