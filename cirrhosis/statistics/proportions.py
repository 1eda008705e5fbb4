"""Intervals of a proportion."""

import numpy as np
from scipy.special import expit, logit
from statsmodels.stats.proportion import proportion_confint

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import check_choice, check_level

METHODS = ("clopper_pearson", "wilson", "logit")


def proportion_interval(
    n_success: int, n: int, *, method: str = "clopper_pearson", confidence_level: float = 0.95
) -> Estimate:
    """Estimate a proportion with an interval.

    Estimand: the probability of success; trials are independent.

    Args:
        n_success: Number of successes, 0 to `n`.
        n: Number of trials; with 0 trials the value is None with a reason.
        method: `clopper_pearson`: exact, never below the stated coverage. `wilson`: score
            interval, nearer to the stated coverage on average. `logit`: Wald on the logit
            scale, without limits at 0 and n successes.
        confidence_level: Coverage aimed at, in (0, 1).

    Raises:
        ValueError: If `n_success` is not in 0..n, or the method is unknown.

    References:
        Clopper, Pearson (1934), Biometrika 26(4), 404-413.
        Wilson (1927), J Am Stat Assoc 22(158), 209-212.
        Brown, Cai, DasGupta (2001), Statistical Science 16(2), 101-133.

    Example:
        >>> proportion_interval(8, 10).value
        0.8
    """
    check_choice(method, known=METHODS, name="method")
    check_level(confidence_level)
    if not 0 <= n_success <= n or int(n_success) != n_success or int(n) != n:
        raise ValueError(
            f"expected whole numbers with 0 <= n_success <= n, found {n_success} of {n};"
            " count patients, do not give shares"
        )
    if n == 0:
        return Estimate(None, None, None, 0, method, "the denominator is 0")
    share = n_success / n
    if method == "logit":
        return _bound_on_logit(share, n=n, level=confidence_level)
    name = "beta" if method == "clopper_pearson" else "wilson"
    low, high = proportion_confint(n_success, n, alpha=1 - confidence_level, method=name)
    # Rounding may leave 1e-17 instead of 0 at the ends.
    low = 0.0 if n_success == 0 else float(low)
    high = 1.0 if n_success == n else float(high)
    return Estimate(share, low, high, n, method)


def _bound_on_logit(share: float, *, n: int, level: float) -> Estimate:
    if share in (0.0, 1.0):
        reason = f"the logit of a share of {share:g} is infinite"
        return Estimate(share, None, None, n, "logit", reason)
    half = normal_quantile(level) / float(np.sqrt(n * share * (1 - share)))
    low, high = (float(expit(logit(share) + sign * half)) for sign in (-1, 1))
    return Estimate(share, low, high, n, "logit")
