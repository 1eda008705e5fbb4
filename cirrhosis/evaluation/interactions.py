"""Whether a model does differently in the levels of a variable."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import chi2

from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.statistics.auroc_comparison import compare_auroc_unpaired
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.estimates import Comparison
from cirrhosis.statistics.heterogeneity import heterogeneity
from cirrhosis.statistics.multiplicity import adjust_p_values
from cirrhosis.statistics.permutation import compare_auroc_permutation_unpaired

TOO_FEW = "fewer than two levels are large enough to compare"
NO_VARIANCE = (
    "an area of 0 or 1, or of equal scores, has no variance, so DeLong's test is undefined"
)
PERMUTATION = "permutation_of_levels_within_class"
COCHRAN = "cochran_q_of_delong_areas"
LIKELIHOOD_RATIO = "likelihood_ratio_of_slopes"
# A permutation test looks at every pair of patients; above this it would not fit in memory.
MOST_PAIRS = 25_000_000
ADJUSTMENTS = ("holm", "benjamini_hochberg")

FloatArray = NDArray[np.float64]


class Permutations(NamedTuple):
    """Number and seed of the permutations where DeLong's test is undefined."""

    n: int
    seed: int


def compare_level_areas(
    levels: Sequence[PatientScores],
    *,
    reference: str,
    permutations: Permutations,
    confidence_level: float = 0.95,
) -> Comparison:
    """Test whether the area under the ROC curve differs between levels.

    Estimand: areas of independent groups of patients. Two levels: unpaired DeLong, first
    minus second. More: Cochran's Q of the areas with DeLong's variances. An area of
    exactly 0 or 1 has no variance, and a test that takes it as known is too sure, so a
    permutation of the levels stands in.

    Args:
        levels: Patients of each level, both classes in each.
        reference: Reference of the unpaired DeLong test, `t` or `normal`.
        permutations: Number and seed of the permutations.
        confidence_level: Coverage of the interval of a difference.

    Returns:
        The comparison; `difference` and its limits exist for two levels only.

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.
        Cochran (1954), Biometrics 10(1), 101-129.
    """
    n = sum(len(level.y_true) for level in levels)
    if len(levels) < 2:
        return Comparison(None, None, None, None, None, n, "none", TOO_FEW)
    found = [delong_covariance(level.y_true, level.y_score) for level in levels]
    areas = [float(one.areas[0]) for one in found]
    variances = [0.0 if one.covariance is None else float(one.covariance[0, 0]) for one in found]
    pair = [column for level in levels for column in (level.y_true, level.y_score)]
    if min(variances) == 0:
        permuted = (
            compare_auroc_permutation_unpaired(
                *pair, rng=np.random.default_rng(permutations.seed), n_resamples=permutations.n
            )
            if len(levels) == 2
            else permute_levels(levels, permutations=permutations)
        )
        return replace(permuted, reason="; ".join(filter(None, (NO_VARIANCE, permuted.reason))))
    if len(levels) == 2:
        return compare_auroc_unpaired(*pair, reference=reference, confidence_level=confidence_level)
    spread = heterogeneity(areas, variances, confidence_level=confidence_level)
    return Comparison(
        None,
        None,
        None,
        spread.q,
        spread.p_value,
        n,
        COCHRAN,
        spread.reason,
        degrees_of_freedom=spread.degrees_of_freedom,
    )


def permute_levels(levels: Sequence[PatientScores], *, permutations: Permutations) -> Comparison:
    """Test whether the area differs between levels by exchanging patients between them.

    Hypothesis: inside each class the level says nothing about the score. Levels are
    exchanged between patients of the same class, so each keeps its counts; the statistic
    is the spread of the levels' areas around their mean, each weighted by its pairs of
    patients. With two levels it orders cohorts as their absolute difference does, which
    `compare_auroc_permutation_unpaired` takes.

    Args:
        levels: Patients of each level, both classes in each.
        permutations: Number and seed.

    References:
        Phipson, Smyth (2010), Stat Appl Genet Mol Biol 9(1), 39 (p of permutations).
    """
    truth = np.concatenate([level.y_true for level in levels]).astype(bool)
    score = np.concatenate([level.y_score for level in levels])
    member = np.repeat(np.arange(len(levels)), [len(level.y_true) for level in levels])
    n = len(truth)
    name = f"{PERMUTATION}_{permutations.n}"
    if int(truth.sum()) * int((~truth).sum()) > MOST_PAIRS:
        reason = "there are too many pairs of patients to permute"
        return Comparison(None, None, None, None, None, n, name, reason)
    wins = (np.sign(score[truth][:, None] - score[~truth]) + 1) / 2
    rng = np.random.default_rng(permutations.seed)
    observed = _measure_spread(wins, member[truth][None], member[~truth][None])[0]
    n_as_large = 0
    # In parts, so that memory does not grow with the number of permutations.
    for part in np.array_split(np.arange(permutations.n), max(1, permutations.n // 1000)):
        positive = rng.permuted(np.tile(member[truth], (len(part), 1)), axis=1)
        negative = rng.permuted(np.tile(member[~truth], (len(part), 1)), axis=1)
        n_as_large += int((_measure_spread(wins, positive, negative) >= observed - 1e-12).sum())
    p_value = (n_as_large + 1) / (permutations.n + 1)
    return Comparison(None, None, None, None, p_value, n, name)


def compare_level_slopes(levels: Sequence[PatientScores], *, clip: float | None) -> Comparison:
    """Test whether the score's log odds ratio differs between levels.

    Estimand: interaction of score and level in a logistic regression that has both, so a
    difference of the levels' prevalence is no interaction. The score of a probability is
    its logit, of anything else the value itself. Patients are independent. Undefined, with
    a reason, where the score separates the classes of a level: its slope is infinite.

    Args:
        levels: Patients of each level, both classes in each.
        clip: Distance that probabilities keep from 0 and 1; None leaves the logit of 0 and 1
            undefined.

    Returns:
        The likelihood ratio test with as many degrees of freedom as levels less one.

    References:
        Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, chapter 3.
    """
    n = sum(len(level.y_true) for level in levels)
    if len(levels) < 2:
        return Comparison(None, None, None, None, None, n, "none", TOO_FEW)
    values = [_put_on_line(level, clip) for level in levels]
    truths = [level.y_true.astype(float) for level in levels]
    problem = _explain_infinite(values, truths)
    if problem is not None:
        return Comparison(None, None, None, None, None, n, LIKELIHOOD_RATIO, problem)
    dummies = np.repeat(np.eye(len(levels)), [len(one) for one in truths], axis=0)
    x, y = np.concatenate(values), np.concatenate(truths)
    # Scaling leaves the likelihood as it is and helps the solver.
    x = (x - x.mean()) / x.std()
    common = _fit(y, np.column_stack([dummies, x]))
    separate = _fit(y, np.column_stack([dummies, dummies * x[:, None]]))
    statistic, freedom = max(0.0, 2 * (separate - common)), len(levels) - 1
    p_value = float(chi2.sf(statistic, freedom))
    return Comparison(
        None, None, None, statistic, p_value, n, LIKELIHOOD_RATIO, degrees_of_freedom=freedom
    )


def adjust_for_variables(rows: list[Row], *, names: tuple[str, ...]) -> None:
    """Add Holm's and Benjamini and Hochberg's p values over the variables of a family.

    Args:
        rows: One row per variable, of one model on one split; changed in place.
        names: Columns of p values; `auroc_p` gets `auroc_p_holm` and
            `auroc_p_benjamini_hochberg`, and `auroc_p_n_tests` counts what was adjusted for.
    """
    for name in names:
        p_values = [row[name] for row in rows]
        n_tests = sum(p_value is not None for p_value in p_values)
        for row in rows:
            row[f"{name}_n_tests"] = n_tests
        for method in ADJUSTMENTS:
            adjusted = adjust_p_values(p_values, method=method)
            for row, p_value in zip(rows, adjusted, strict=True):
                row[f"{name}_{method}"] = p_value


def _measure_spread(
    wins: FloatArray, positive: NDArray[np.int64], negative: NDArray[np.int64]
) -> FloatArray:
    """Return, for each row of memberships, the weighted variance of the levels' areas."""
    areas, weights = [], []
    for level in range(int(positive.max()) + 1):
        has_positive, has_negative = positive == level, negative == level
        won = ((has_positive @ wins) * has_negative).sum(axis=1)
        weights.append(has_positive.sum(axis=1) * has_negative.sum(axis=1))
        areas.append(won / weights[-1])
    area, weight = np.stack(areas), np.stack(weights).astype(float)
    mean = (area * weight).sum(axis=0) / weight.sum(axis=0)
    return np.asarray((weight * (area - mean) ** 2).sum(axis=0) / weight.sum(axis=0))


def _put_on_line(level: PatientScores, clip: float | None) -> FloatArray:
    if level.score_kind != "probability":
        return level.y_score
    margin = 0.0 if clip is None else clip
    with np.errstate(divide="ignore"):
        return np.asarray(logit(np.clip(level.y_score, margin, 1 - margin)), dtype=np.float64)


def _explain_infinite(values: list[FloatArray], truths: list[FloatArray]) -> str | None:
    if not all(np.isfinite(value).all() for value in values):
        return "the logit of a probability of 0 or 1 is infinite"
    if any(np.ptp(value) == 0 for value in values):
        return "all scores of a level are equal"
    for value, truth in zip(values, truths, strict=True):
        positive, negative = value[truth == 1], value[truth == 0]
        if positive.min() >= negative.max() or positive.max() <= negative.min():
            return "the score separates the classes of a level, so its slope is infinite"
    return None


def _fit(y_true: FloatArray, design: FloatArray) -> float:
    model = sm.GLM(y_true, design, family=sm.families.Binomial())
    return float(model.fit(tol=1e-12).llf)
