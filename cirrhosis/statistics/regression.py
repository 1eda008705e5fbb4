"""Logistic regression on one variable."""

import warnings
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from numpy.typing import ArrayLike

from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_level,
    read_labels,
    read_scores,
)

LIKELIHOOD = "maximum_likelihood_wald"
FIRTH = "firth_profile"


class LogisticEstimate(NamedTuple):
    """Association of one variable with the class.

    Attributes:
        coefficient: Log odds ratio per unit of the variable; None when undefined.
        low: Lower limit of the coefficient.
        high: Upper limit of the coefficient.
        odds_ratio: exp(coefficient).
        p_value: Wald's, or of the penalised likelihood ratio under separation.
        n: Patients.
        n_positive: Patients of the positive class.
        method: `maximum_likelihood_wald` or `firth_profile`.
        reason: Why Firth's method was used, or why a number is undefined.
    """

    coefficient: float | None
    low: float | None
    high: float | None
    odds_ratio: float | None
    p_value: float | None
    n: int
    n_positive: int
    method: str
    reason: str | None = None


def univariable_logistic(
    y_true: ArrayLike, variable: ArrayLike, *, confidence_level: float = 0.95
) -> LogisticEstimate:
    """Estimate the log odds ratio of one numeric variable.

    Estimand: change of the log odds of the positive class per unit. Patients are
    independent and the log odds linear in the variable. Separation is tested first: with
    complete or quasi-complete separation the maximum of the likelihood is at infinity, so
    Firth's penalised likelihood with profile limits is used and `reason` says so. A
    constant variable or an absent class gives None.

    References:
        Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, chapter 1.
        Heinze, Schemper (2002), Statistics in Medicine 21(16), 2409-2419.
        Konis (2007), Linear programming algorithms for detecting separated data.

    Example:
        >>> univariable_logistic([0, 0, 1, 1], [1, 2, 3, 4]).method
        'firth_profile'
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    values = read_scores(variable, like=truth, name="variable")
    n, n_positive = truth.size, int(truth.sum())
    if np.ptp(values) == 0 or n_positive in (0, n):
        reason = "a class is absent" if n_positive in (0, n) else "the variable is constant"
        return LogisticEstimate(None, None, None, None, None, n, n_positive, LIKELIHOOD, reason)
    # Both likelihoods are unchanged by scaling, the solvers' steps and limits are not.
    spread = float(values.std(ddof=1))
    scaled = (values - values.mean()) / spread
    separated = detect_separation(scaled[:, None], truth.astype(int)).separation
    fit = _fit_firth if separated else _fit_likelihood
    coefficient, low, high, p_value, note = fit(truth, scaled, confidence_level)
    with np.errstate(over="ignore"):
        odds_ratio = float(np.exp(coefficient / spread))
    return LogisticEstimate(
        coefficient=coefficient / spread,
        low=None if low is None else low / spread,
        high=None if high is None else high / spread,
        odds_ratio=odds_ratio,
        p_value=p_value,
        n=n,
        n_positive=n_positive,
        method=FIRTH if separated else LIKELIHOOD,
        reason=note,
    )


_Fit = tuple[float, float | None, float | None, float | None, str | None]


def _fit_likelihood(truth: BoolArray, scaled: FloatArray, level: float) -> _Fit:
    design = sm.add_constant(scaled)
    result = sm.GLM(truth.astype(float), design, family=sm.families.Binomial()).fit(tol=1e-12)
    coefficient, error = float(result.params[1]), float(result.bse[1])
    margin = normal_quantile(level) * error
    return coefficient, coefficient - margin, coefficient + margin, float(result.pvalues[1]), None


def _fit_firth(truth: BoolArray, scaled: FloatArray, level: float) -> _Fit:
    design, reason = scaled[:, None], "the classes are separated by the variable"
    # Below a tolerance of 1e-7 the solver runs in circles on separated data.
    model = FirthLogisticRegression(backend="numpy", max_iter=200, gtol=1e-6, xtol=1e-6)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        model.fit(design, truth.astype(int)).lrt(features=0)
        limits = model.conf_int(alpha=1 - level, method="pl", features=0, max_iter=200)[0]
    if complaints:
        reason = f"{reason}; the solver says: {complaints[0].message}"
    low, high, p_value = (_finite_or_none(value) for value in (*limits, model.lrt_pvalues_[0]))
    return float(model.coef_[0]), low, high, p_value, reason


def _finite_or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
