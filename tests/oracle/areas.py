"""Areas under ROC curves and DeLong's tests beside pROC."""

from typing import Any

import numpy as np

from cirrhosis.statistics.auroc_comparison import compare_auroc_paired, compare_auroc_unpaired
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.estimates import Estimate, normal_quantile
from tests.oracle.answers import Ours, by_convention, read, solve_error
from tests.oracle.cases import Case

SCORES = ("score1", "score2")


def count_patients(case: Case) -> dict[str, Any]:
    """Meet the numbers of patients at the top of a case."""
    area = auroc_interval(case.data["y"], case.data["score1"])
    return {"n": area.n, "n_pos": int(case.data["y"].sum())}


def describe_area(case: Case, score: str) -> dict[str, Any]:
    """Meet the area of one score over all patients."""
    return _describe(case.data["y"].to_numpy(), case.data[score].to_numpy())


def describe_group(case: Case, score: str, group: str) -> dict[str, Any]:
    """Meet the area of one score within one of the two groups."""
    rows = case.data[case.data["group"] == int(group.removeprefix("group"))]
    return _describe(rows["y"].to_numpy(), rows[score].to_numpy())


def compare_scores(case: Case) -> dict[str, Any]:
    """Meet the paired test of the two scores."""
    truth, first, second = (case.data[name].to_numpy() for name in ("y", *SCORES))
    found = compare_auroc_paired(truth, first, second)
    areas = [auroc_interval(truth, score) for score in (first, second)]
    reason = found.reason or areas[0].reason
    covariance = None if areas[0].low is None else delong_covariance(truth, first, second)[1]
    shared, variance = None, None
    if covariance is not None:
        shared = float(covariance[0, 1])
        variance = float(covariance[0, 0] + covariance[1, 1] - 2 * shared)
    return {
        "auc1": read(areas[0], "value"),
        "auc2": read(areas[1], "value"),
        "diff_auc1_minus_auc2": read(found, "difference"),
        "cov_delong": Ours(shared, reason if shared is None else None),
        "var_diff": Ours(variance, reason if variance is None else None),
        "z": by_convention(found, "statistic"),
        "p_value": by_convention(found, "p_value"),
        "diff_ci95_lower": by_convention(found, "low"),
        "diff_ci95_upper": by_convention(found, "high"),
    }


def compare_groups(case: Case, score: str) -> dict[str, Any]:
    """Meet the unpaired test of one score between the two groups."""
    columns = []
    for group in (0, 1):
        rows = case.data[case.data["group"] == group]
        columns += [rows["y"].to_numpy(), rows[score].to_numpy()]
    normal, student = (compare_auroc_unpaired(*columns, reference=name) for name in ("normal", "t"))
    return {
        "diff_group0_minus_group1": read(normal, "difference"),
        "z": by_convention(normal, "statistic"),
        "p_value_normal": by_convention(normal, "p_value"),
        "diff_ci95_normal_lower": by_convention(normal, "low"),
        "diff_ci95_normal_upper": by_convention(normal, "high"),
        "proc_D": by_convention(student, "statistic"),
        "proc_df": by_convention(student, "degrees_of_freedom"),
        "proc_p_value_t": by_convention(student, "p_value"),
    }


def _describe(truth: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    plain = auroc_interval(truth, score)
    bounded = auroc_interval(truth, score, method="logit")
    n_positive = int(truth.sum())
    return {
        "auc": read(plain, "value"),
        "n_pos": n_positive,
        "n_neg": plain.n - n_positive,
        "ci95_lower": read(plain, "low"),
        "ci95_upper": read(plain, "high"),
        "se_hanley_mcneil": solve_error(auroc_interval(truth, score, method="hanley_mcneil")),
        "ci95_logit_lower": read(bounded, "low"),
        "ci95_logit_upper": read(bounded, "high"),
        **_derive_from_variance(truth, score, plain),
    }


def _derive_from_variance(truth: np.ndarray, score: np.ndarray, plain: Estimate) -> dict[str, Any]:
    """Read the variance behind the interval, and the limits before they are cut to [0, 1]."""
    keys = ("var_delong", "se_delong", "ci95_lower_untruncated", "ci95_upper_untruncated")
    if plain.low is None or plain.value is None:
        return {key: Ours(None, plain.reason) for key in keys}
    covariance = delong_covariance(truth, score).covariance
    assert covariance is not None
    error = float(np.sqrt(covariance[0, 0]))
    margin = normal_quantile(0.95) * error
    numbers = (error**2, error, plain.value - margin, plain.value + margin)
    return dict(zip(keys, numbers, strict=True))
