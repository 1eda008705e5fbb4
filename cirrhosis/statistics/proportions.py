"""Intervals of a proportion."""

import numpy as np
from scipy.special import expit, logit
from statsmodels.stats.proportion import proportion_confint

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import check_choice, check_level

# Names in statsmodels; it has no Wald interval on the logit scale.
LIBRARY = {
    "clopper_pearson": "beta",
    "wilson": "wilson",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
    "wald": "normal",
}
METHODS = (*LIBRARY, "logit")


def proportion_interval(
    n_success: int, n: int, *, method: str = "clopper_pearson", confidence_level: float = 0.95
) -> Estimate:
    """Estimate a proportion with an interval.

    Estimand: the probability of success; trials are independent.

    Args:
        n_success: Number of successes, 0 to `n`.
        n: Number of trials; with 0 trials the value is None with a reason.
        method: `clopper_pearson`: exact, never below the stated coverage. `wilson`: score
            interval, nearer to the stated coverage on average. `agresti_coull`: Wilson's
            centre with a wider, simpler limit, cut to [0, 1]. `jeffreys`: Bayes with the
            Jeffreys prior, reaching 0 and 1 at the ends. `wald`: normal, cut to [0, 1];
            too short in small samples, for comparison only. `logit`: Wald on the logit
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
    alpha, name = 1 - confidence_level, LIBRARY[method]
    low, high = proportion_confint(n_success, n, alpha=alpha, method=name)
    # Rounding may leave 1e-17 instead of 0 at the ends.
    low = 0.0 if n_success == 0 else float(low)
    high = 1.0 if n_success == n else float(high)
    reason = "the variance is 0, so the interval has no width" if low == high else None
    return Estimate(share, low, high, n, method, reason)


def _bound_on_logit(share: float, *, n: int, level: float) -> Estimate:
    if share in (0.0, 1.0):
        reason = f"the logit of a share of {share:g} is infinite"
        return Estimate(share, None, None, n, "logit", reason)
    half = normal_quantile(level) / float(np.sqrt(n * share * (1 - share)))
    low, high = (float(expit(logit(share) + sign * half)) for sign in (-1, 1))
    return Estimate(share, low, high, n, "logit")
