"""Logistic regression, with Firth's penalty where the classes are separated."""

import warnings
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from cirrhosis.statistics.estimates import Comparison, normal_quantile
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_choice,
    check_level,
    read_columns,
    read_labels,
)

LIKELIHOOD = "maximum_likelihood_wald"
PROFILE = "maximum_likelihood_profile"
FIRTH = "firth_profile"
METHODS = ("auto", LIKELIHOOD, PROFILE, FIRTH)
NO_PROFILE = "no limits: the intercept's likelihood is not profiled"


class LogisticEstimate(NamedTuple):
    """Association of one variable with the class.

    Attributes:
        coefficient: Log odds ratio per unit of the variable; None when undefined.
        low: Lower limit of the coefficient.
        high: Upper limit of the coefficient.
        odds_ratio: exp(coefficient).
        p_value: Wald's, or that of the likelihood ratio with profile limits.
        n: Patients.
        n_positive: Patients of the positive class.
        method: `maximum_likelihood_wald`, `maximum_likelihood_profile` or `firth_profile`.
        reason: Why Firth's method was used, or why a number is undefined.
        standard_error: Wald's, of the coefficient; None with profile limits.
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
    standard_error: float | None = None


class LogisticModel(NamedTuple):
    """A logistic regression on several columns.

    Attributes:
        intercept: Log odds where every column is 0; limits with Wald's method only.
        terms: One estimate per column.
        likelihood_ratio: Test against the model with an intercept only; none with Firth.
    """

    intercept: LogisticEstimate
    terms: tuple[LogisticEstimate, ...]
    likelihood_ratio: Comparison


def univariable_logistic(
    y_true: ArrayLike,
    variable: ArrayLike,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
) -> LogisticEstimate:
    """Estimate the log odds ratio of one numeric variable.

    Estimand: change of the log odds of the positive class per unit. Assumptions, methods
    and edge cases as in `logistic_regression`, of which it is the case of one column.

    References:
        Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, chapter 1.
        Heinze, Schemper (2002), Statistics in Medicine 21(16), 2409-2419.

    Example:
        >>> univariable_logistic([0, 0, 1, 1], [1, 2, 3, 4]).method
        'firth_profile'
    """
    column = np.asarray(variable, dtype=np.float64).reshape(-1, 1)
    model = logistic_regression(y_true, column, method=method, confidence_level=confidence_level)
    return model.terms[0]


def logistic_regression(
    y_true: ArrayLike,
    columns: ArrayLike,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
) -> LogisticModel:
    """Estimate the log odds ratios of several columns together.

    Estimand: change of the log odds of the positive class per unit of a column, the others
    held. Patients are independent and the log odds linear in the columns; a category
    enters as one 0/1 column per level but the first. Separation is tested first: with
    complete or quasi-complete separation the maximum of the likelihood is at infinity.

    Args:
        y_true: Class of each patient, 1 for positive, shape (n,).
        columns: Numbers without gaps, shape (n, k).
        method: `maximum_likelihood_wald`; `maximum_likelihood_profile` has limits and p
            values of the likelihood ratio; `firth_profile` the same of Firth's penalised
            likelihood, which is less biased in few patients. `auto` is Wald's, and Firth's
            where the classes are separated, as `reason` then says.
        confidence_level: Coverage of the limits, in (0, 1).

    Returns:
        The model. Undefined, with a reason: a class absent, a constant column, a column
        that is a combination of the others, or maximum likelihood of separated classes.

    References:
        Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, chapter 2.
        Heinze, Schemper (2002), Statistics in Medicine 21(16), 2409-2419.
        Konis (2007), Linear programming algorithms for detecting separated data.

    Example:
        >>> model = logistic_regression([0, 1, 0, 1], [[0, 1], [0, 2], [1, 2], [1, 1]])
        >>> len(model.terms)
        2
    """
    check_choice(method, known=METHODS, name="method")
    check_level(confidence_level)
    truth = read_labels(y_true)
    design = _Design.scale(read_columns(columns, like=truth))
    obstacle = _find_obstacle(truth, design)
    separated = None
    if obstacle is None and detect_separation(design.scaled, truth.astype(int)).separation:
        by = "the variable" if design.spread.size == 1 else "the columns"
        separated = f"the classes are separated by {by}"
    if method == "auto":
        method = FIRTH if separated else LIKELIHOOD
    if method != FIRTH:
        obstacle = obstacle or separated
    if obstacle:
        return _describe(truth, _Fit.nothing(design.spread.size), method, obstacle)
    if method == LIKELIHOOD:
        return _describe(truth, _fit_wald(truth, design, confidence_level), method, None)
    fit, complaint = _fit_profile(truth, design, confidence_level, is_penalised=method == FIRTH)
    notes = "; ".join(note for note in (separated, complaint) if note)
    return _describe(truth, fit, method, notes or None)


class _Design(NamedTuple):
    """Columns in units of their spread: likelihoods do not mind, solvers' steps do."""

    scaled: FloatArray
    center: FloatArray
    spread: FloatArray

    @classmethod
    def scale(cls, table: FloatArray) -> "_Design":
        center, spread = table.mean(axis=0), table.std(axis=0)
        constant = np.ptp(table, axis=0) == 0
        spread = np.where(constant, 0.0, spread)
        return cls((table - center) / np.where(constant, 1.0, spread), center, spread)

    def to_units(self) -> FloatArray:
        """Return the matrix that maps scaled coefficients, intercept first, to those asked for."""
        back = np.diag(np.append(1.0, 1 / self.spread))
        back[0, 1:] = -self.center / self.spread
        return back


class _Fit(NamedTuple):
    """Numbers of each coefficient, intercept first, NaN where there is none."""

    coefficients: FloatArray
    low: FloatArray
    high: FloatArray
    p_values: FloatArray
    errors: FloatArray
    chi_square: float

    @classmethod
    def nothing(cls, n_columns: int) -> "_Fit":
        empty = np.full(n_columns + 1, np.nan)
        return cls(empty, empty, empty, empty, empty, np.nan)


def _find_obstacle(truth: BoolArray, design: _Design) -> str | None:
    if truth.all() or not truth.any():
        return "a class is absent"
    if (design.spread == 0).any():
        return "the variable is constant" if design.spread.size == 1 else "a column is constant"
    if np.linalg.matrix_rank(design.scaled) < design.spread.size:
        return "a column is a linear combination of the others"
    return None


def _fit_wald(truth: BoolArray, design: _Design, level: float) -> _Fit:
    family, columns = sm.families.Binomial(), sm.add_constant(design.scaled)
    result = sm.GLM(truth.astype(float), columns, family=family).fit(tol=1e-12)
    back = design.to_units()
    coefficients = back @ result.params
    errors = np.sqrt(np.diag(back @ result.cov_params() @ back.T))
    margin = normal_quantile(level) * errors
    p_values = 2 * norm.sf(np.abs(coefficients / errors))
    chi_square = float(result.null_deviance - result.deviance)
    return _Fit(
        coefficients, coefficients - margin, coefficients + margin, p_values, errors, chi_square
    )


def _fit_profile(
    truth: BoolArray, design: _Design, level: float, *, is_penalised: bool
) -> tuple[_Fit, str | None]:
    # Below a tolerance of 1e-7 the solver runs in circles on separated data.
    model = FirthLogisticRegression(
        backend="numpy",
        max_iter=200,
        gtol=1e-6,
        xtol=1e-6,
        penalty_weight=0.5 if is_penalised else 0.0,
    )
    features = list(range(design.spread.size))
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        model.fit(design.scaled, truth.astype(int)).lrt(features=features)
        limits = model.conf_int(
            alpha=1 - level, method="pl", features=features, max_iter=200, tol=1e-8
        )
    coefficients = design.to_units() @ np.append(model.intercept_, model.coef_)
    low, high = limits[features].T / design.spread
    nothing = _Fit.nothing(design.spread.size)
    fit = _Fit(
        coefficients,
        np.append(np.nan, low),
        np.append(np.nan, high),
        np.append(np.nan, model.lrt_pvalues_[features]),
        nothing.errors,
        np.nan if is_penalised else _fit_wald(truth, design, level).chi_square,
    )
    return fit, f"the solver says: {complaints[0].message}" if complaints else None


def _describe(truth: BoolArray, fit: _Fit, method: str, reason: str | None) -> LogisticModel:
    n, n_positive = truth.size, int(truth.sum())
    with np.errstate(over="ignore"):
        ratios = np.exp(fit.coefficients)
    intercept, *terms = (
        LogisticEstimate(
            coefficient=_finite_or_none(fit.coefficients[k]),
            low=_finite_or_none(fit.low[k]),
            high=_finite_or_none(fit.high[k]),
            odds_ratio=_finite_or_none(ratios[k]),
            p_value=_finite_or_none(fit.p_values[k]),
            n=n,
            n_positive=n_positive,
            method=method,
            reason=reason,
            standard_error=_finite_or_none(fit.errors[k]),
        )
        for k in range(fit.coefficients.size)
    )
    if intercept.coefficient is not None and intercept.low is None:
        notes = [note for note in (reason, NO_PROFILE) if note]
        intercept = intercept._replace(reason="; ".join(notes))
    freedom, chi_square = len(terms), _finite_or_none(fit.chi_square)
    p_value = None if chi_square is None else float(chi2.sf(chi_square, freedom))
    if chi_square is None:
        reason = reason if intercept.coefficient is None else "not computed with a penalty"
    ratio = Comparison(
        None,
        None,
        None,
        chi_square,
        p_value,
        n,
        "likelihood_ratio",
        reason,
        degrees_of_freedom=freedom,
    )
    return LogisticModel(intercept, tuple(terms), ratio)


def _finite_or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
