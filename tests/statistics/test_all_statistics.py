"""Rules that hold for every statistic; none can be forgotten."""

import doctest
import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass

import numpy as np
import pytest

import cirrhosis.statistics as package

# Records and checks of input estimate nothing.
NO_STATISTICS = {"estimates", "samples"}
MODULES = [
    importlib.import_module(f"{package.__name__}.{found.name}")
    for found in pkgutil.iter_modules(package.__path__)
]

rng = np.random.default_rng(8)
TRUTH = rng.integers(0, 2, 40)
SCORE, OTHER = rng.normal(TRUTH), rng.normal(TRUTH)
PROBABILITY = 1 / (1 + np.exp(-SCORE))
CALL, OTHER_CALL = (SCORE > 0.5).astype(int), (OTHER > 0.5).astype(int)
FOLD = np.arange(40) % 4

# How each statistic is called on columns of patients.
STATISTICS = {
    "accuracy": (TRUTH, CALL),
    "auroc": (TRUTH, SCORE),
    "auroc_interval": (TRUTH, SCORE),
    "balanced_accuracy": (TRUTH, CALL),
    "brier_score": (TRUTH, PROBABILITY),
    "calibration": (TRUTH, PROBABILITY),
    "calibration_in_the_large": (TRUTH, PROBABILITY),
    "calibration_intercept": (TRUTH, PROBABILITY),
    "calibration_slope": (TRUTH, PROBABILITY),
    "compare_accuracy": (TRUTH, CALL, OTHER_CALL),
    "compare_auroc_paired": (TRUTH, SCORE, OTHER),
    "compare_auroc_unpaired": (TRUTH, SCORE, TRUTH, OTHER),
    "compare_predictive_values": (TRUTH, CALL, OTHER_CALL),
    "compare_sensitivity": (TRUTH, CALL, OTHER_CALL),
    "compare_specificity": (TRUTH, CALL, OTHER_CALL),
    "confusion_counts": (TRUTH, CALL),
    "delong_covariance": (TRUTH, SCORE, OTHER),
    "f1_score": (TRUTH, CALL),
    "fit_logistic_map": (TRUTH, SCORE),
    "fit_recalibration": (TRUTH, PROBABILITY),
    "logistic_regression": (TRUTH, np.column_stack([SCORE, OTHER])),
    "mann_whitney": (TRUTH, SCORE),
    "mcnemar": (CALL, OTHER_CALL),
    "negative_likelihood_ratio": (TRUTH, CALL),
    "net_benefit": (TRUTH, PROBABILITY),
    "npv": (TRUTH, CALL),
    "observed_to_expected": (TRUTH, PROBABILITY),
    "paired_difference": (CALL, OTHER_CALL),
    "positive_likelihood_ratio": (TRUTH, CALL),
    "ppv": (TRUTH, CALL),
    "roc_curve": (TRUTH, SCORE),
    "scaled_brier_score": (TRUTH, PROBABILITY),
    "sensitivity": (TRUTH, CALL),
    "smooth_calibration": (TRUTH, PROBABILITY),
    "specificity": (TRUTH, CALL),
    "threshold_at_sensitivity": (TRUTH, SCORE),
    "threshold_at_specificity": (TRUTH, SCORE),
    "univariable_logistic": (TRUTH, SCORE),
    "within_fold_auroc": (TRUTH, SCORE, FOLD),
    "youden_index": (TRUTH, CALL),
    "youden_threshold": (TRUTH, SCORE),
}
# What else they ask for.
OPTIONS = {
    "compare_predictive_values": {"value": "ppv"},
    "net_benefit": {"thresholds": [0.1, 0.3, 0.8]},
    "threshold_at_sensitivity": {"target": 0.9},
    "threshold_at_specificity": {"target": 0.9},
}
# Take no columns of labels; each has its own tests.
OF_OTHER_SHAPE = {
    "adjust_p_values",
    "bound_net_benefit",
    "chi_square_or_fisher",
    "cluster_bootstrap",
    "compare_auroc_permutation_paired",
    "compare_auroc_permutation_unpaired",
    "difference_variance",
    "fisher_exact_p",
    "fisher_monte_carlo_p",
    "heterogeneity",
    "measure_resamples",
    "patient_bootstrap",
    "predictive_values_at",
    "proportion_interval",
    "standardised_difference",
    "standardised_difference_of_shares",
    "stratified_bootstrap",
    "variance_inflation_factors",
}


def public_functions():
    return {
        name: function
        for module in MODULES
        if module.__name__.rsplit(".", 1)[1] not in NO_STATISTICS
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


FUNCTIONS = public_functions()


def call(name, *columns, **options):
    return FUNCTIONS[name](*columns, **(OPTIONS.get(name, {}) | options))


def flatten(result):
    if isinstance(result, np.ndarray):
        yield from np.ravel(result).tolist()
    elif isinstance(result, tuple | list):
        for part in result:
            yield from flatten(part)
    elif is_dataclass(result):
        yield from flatten(list(vars(result).values()))
    elif isinstance(result, int | float):
        yield result


def test_no_statistic_is_forgotten():
    assert set(FUNCTIONS) == set(STATISTICS) | OF_OTHER_SHAPE


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_cites_its_source(name):
    assert "References:" in inspect.getdoc(FUNCTIONS[name])


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_order_of_patients_is_irrelevant(name):
    columns = STATISTICS[name]
    order = np.random.default_rng(1).permutation(len(TRUTH))
    plain = list(flatten(call(name, *columns)))
    moved = list(flatten(call(name, *(column[order] for column in columns))))
    assert plain
    assert plain == pytest.approx(moved, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", sorted(STATISTICS))
@pytest.mark.parametrize("column", [0, 1])
def test_missing_values_are_refused(name, column):
    columns = [np.array(one, dtype=float) for one in STATISTICS[name]]
    columns[column][3] = np.nan
    with pytest.raises(ValueError, match=r"missing|finite|only 0 and 1"):
        call(name, *columns)


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_lengths_must_agree(name):
    first, second, *rest = STATISTICS[name]
    with pytest.raises(ValueError, match="align"):
        call(name, first, second[:-1], *rest)


@pytest.mark.parametrize(
    "name",
    sorted(
        n
        for n in FUNCTIONS
        if "confidence_level" in inspect.signature(FUNCTIONS[n]).parameters and n in STATISTICS
    ),
)
def test_a_level_in_per_cent_is_refused(name):
    with pytest.raises(ValueError, match=r"0\.95"):
        call(name, *STATISTICS[name], confidence_level=95)


@pytest.mark.parametrize("name", ["auroc_interval", "compare_auroc_unpaired", "mcnemar"])
def test_an_unknown_method_names_the_known_ones(name):
    option = "reference" if name == "compare_auroc_unpaired" else "method"
    with pytest.raises(ValueError, match="to be one of"):
        call(name, *STATISTICS[name], **{option: "magic"})


def test_groups_and_labels_without_gaps():
    within = FUNCTIONS["within_fold_auroc"]
    with pytest.raises(ValueError, match="without gaps"):
        within([0, 1], [1, 2], ["a", None])
    with pytest.raises(ValueError, match="one non-empty column"):
        FUNCTIONS["auroc"]([], [])
    with pytest.raises(ValueError, match="'yes'"):
        FUNCTIONS["auroc"](["yes", "no"], [1, 2])
    with pytest.raises(ValueError, match="logits"):
        FUNCTIONS["brier_score"]([0, 1], [0.2, 1.4])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_are_true(module):
    assert doctest.testmod(module).failed == 0
