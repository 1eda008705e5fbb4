"""Ways to an area under the ROC curve, its variance, and DeLong's paired test.

Each returns named numbers, so that a run compares values as well as times. Packages that are
not installed are left out; none of them is a requirement of the product.
"""

import importlib
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from sklearn.metrics import roc_auc_score

from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.discrimination import auroc

Numbers = dict[str, float]
Way = Callable[[np.ndarray, np.ndarray, np.ndarray], Numbers]
# Distribution on the package index -> module to import.
PEERS = {
    "pauc": "pauc",
    "mlstatkit": "MLstatkit",
    "rocauc-comparison": "rocauc_comparison.delong",
    "confidenceinterval": "confidenceinterval",
}
# Rows of positives that are held against all negatives at once.
ROWS = 500


def ours_value(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return the area by `cirrhosis.statistics`."""
    return {"area": auroc(truth, first).value}


def ours_variance(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return area and variance by `cirrhosis.statistics`."""
    found = delong_covariance(truth, first)
    return {"area": float(found.areas[0]), "variance": float(found.covariance[0, 0])}


def ours_paired(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return DeLong's paired test by `cirrhosis.statistics`."""
    found = compare_auroc_paired(truth, first, second)
    return {"difference": found.difference, "z": found.statistic}


def sklearn_value(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return the area by scikit-learn, which has no variance."""
    return {"area": float(roc_auc_score(truth, first))}


def pairs_variance(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return area and variance from the definition: every positive meets every negative."""
    of_positives, of_negatives = _count_pairs(truth, first)
    return {
        "area": float(of_positives.mean()),
        "variance": _covary(of_positives, of_positives) + _covary(of_negatives, of_negatives),
    }


def pairs_paired(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return DeLong's paired test from the definition."""
    (p_1, n_1), (p_2, n_2) = _count_pairs(truth, first), _count_pairs(truth, second)
    difference = float(p_1.mean() - p_2.mean())
    variance = _covary(p_1 - p_2, p_1 - p_2) + _covary(n_1 - n_2, n_1 - n_2)
    return {"difference": difference, "z": difference / variance**0.5}


def _count_pairs(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    positives, negatives = score[truth == 1], score[truth == 0]
    of_positives = np.empty(positives.size)
    lost = np.zeros(negatives.size)
    for start in range(0, positives.size, ROWS):
        rows = positives[start : start + ROWS, None]
        wins, ties = rows > negatives, rows == negatives
        of_positives[start : start + ROWS] = wins.sum(axis=1) + ties.sum(axis=1) / 2
        lost += wins.sum(axis=0) + ties.sum(axis=0) / 2
    return of_positives / negatives.size, lost / positives.size


def _covary(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.cov(one, other)[0, 1] / one.size)


def pauc_variance(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return area and variance by pauc, told the direction, which it would guess."""
    pauc = importlib.import_module("pauc")
    curve = pauc.ROC(truth, first, direction="<")
    return {"area": float(curve.auc), "variance": float(pauc.var(curve))}


def pauc_paired(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return DeLong's paired test by pauc."""
    pauc = importlib.import_module("pauc")
    curves = [pauc.ROC(truth, score, direction="<") for score in (first, second)]
    found = pauc.compare(*curves)
    return {"difference": float(found.estimate), "z": float(found.stat)}


def mlstatkit_paired(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return DeLong's paired test by MLstatkit, which takes the second minus the first."""
    test = importlib.import_module("MLstatkit").Delong_test
    z, _, _, _, area_1, area_2, _ = test(truth, first, second)
    return {"difference": float(area_1 - area_2), "z": -float(z)}


def rocauc_variance(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Numbers:
    """Return area and variance by rocauc-comparison, whose test stops on current numpy."""
    measure = importlib.import_module("rocauc_comparison.delong").delong_roc_variance
    area, variance = measure(truth, first)
    return {"area": float(np.ravel(area)[0]), "variance": float(variance)}


def confidenceinterval_variance(
    truth: np.ndarray, first: np.ndarray, second: np.ndarray
) -> Numbers:
    """Return area and variance by confidenceinterval, which counts in single precision."""
    measure = importlib.import_module("confidenceinterval.delong").delong_roc_variance
    area, variance = measure(truth, first)
    return {"area": float(area), "variance": float(variance)}


TASKS: dict[str, dict[str, Way]] = {
    "value": {"ours": ours_value, "scikit-learn": sklearn_value},
    "value and variance": {
        "ours": ours_variance,
        "pairs": pairs_variance,
        "pauc": pauc_variance,
        "rocauc-comparison": rocauc_variance,
        "confidenceinterval": confidenceinterval_variance,
    },
    "paired test": {
        "ours": ours_paired,
        "pairs": pairs_paired,
        "pauc": pauc_paired,
        "mlstatkit": mlstatkit_paired,
    },
}


def list_installed() -> dict[str, str]:
    """Return the versions of the packages that are here."""
    found = {}
    for name, module in PEERS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        found[name] = version(name)
    return found
