"""The article's Table 2, internal test set 1, out of its counts and our functions.

Zheng et al. (2024), Insights into Imaging 15, 298, doi 10.1186/s13244-024-01872-9, CC BY 4.0.
The counts, values, intervals and p values below are printed there. The numbers of discordant
patients are not: they are derived, the ones that give all printed p values.
"""

import math

import numpy as np
import pytest

from cirrhosis.statistics.classification import (
    accuracy,
    confusion_counts,
    npv,
    ppv,
    sensitivity,
    specificity,
)
from cirrhosis.statistics.discrimination import auroc, auroc_interval
from cirrhosis.statistics.paired import (
    compare_accuracy,
    compare_predictive_values,
    compare_sensitivity,
    compare_specificity,
)

N_POSITIVE, N_NEGATIVE = 67, 27
MODELS = ("combined", "cnn", "fib4", "apri", "reader_1", "reader_2")
READERS = ("reader_1", "reader_2")
# TP, FP, FN, TN as printed.
COUNTS = {
    "combined": (60, 5, 7, 22),
    "cnn": (58, 7, 9, 20),
    "fib4": (46, 9, 21, 18),
    "apri": (48, 10, 19, 17),
    "reader_1": (55, 9, 12, 18),
    "reader_2": (48, 4, 19, 23),
}
# Per cent with 95 % interval, one column per model.
PER_CENT = {
    "sensitivity": "90 (80-96) | 87 (76-94) | 69 (56-79) | 72 (59-82) | 82 (71-90) | 72 (59-82)",
    "specificity": "81 (62-94) | 74 (54-89) | 67 (46-83) | 63 (42-81) | 67 (46-83) | 85 (66-96)",
    "ppv": "92 (84-96) | 89 (81-94) | 84 (75-90) | 83 (74-89) | 86 (78-91) | 92 (83-97)",
    "npv": "76 (60-87) | 69 (54-81) | 46 (35-57) | 47 (36-59) | 60 (46-73) | 55 (45-65)",
    "accuracy": "87 (79-93) | 83 (74-90) | 68 (58-77) | 69 (59-78) | 78 (68-86) | 76 (66-84)",
}
AREAS = (
    "0.89 (0.81-0.95) | 0.87 (0.78-0.93) | 0.74 (0.64-0.82) | 0.71 (0.61-0.80)"
    " | 0.74 (0.64-0.83) | 0.78 (0.69-0.86)"
)
# Against the combined model, one column per other model.
P_VALUES = {
    "sensitivity": "0.50 | 0.001 | 0.02 | 0.23 | 0.004",
    "specificity": "0.50 | 0.29 | 0.18 | 0.34 | 1.00",
    "ppv": "0.12 | 0.04 | 0.03 | 0.15 | 1.00",
    "npv": "0.07 | <0.001 | 0.002 | 0.06 | 0.006",
    "accuracy": "0.13 | <0.001 | 0.003 | 0.08 | 0.03",
}
# Derived: patients whom only the combined, or only the other model calls rightly.
DISCORDANT = {
    "cnn": {"positive": (2, 0), "negative": (2, 0)},
    "fib4": {"positive": (16, 2), "negative": (6, 2)},
    "apri": {"positive": (17, 5), "negative": (7, 2)},
    "reader_1": {"positive": (8, 3), "negative": (7, 3)},
    "reader_2": {"positive": (14, 2), "negative": (2, 3)},
}
MEASURES = {f.__name__: f for f in (sensitivity, specificity, ppv, npv, accuracy)}


def read_row(text, columns):
    cells = [cell.strip() for cell in text.split("|")]
    return dict(zip(columns, cells, strict=True))


CELLS = {
    (measure, model): cell
    for measure, row in PER_CENT.items()
    for model, cell in read_row(row, MODELS).items()
}
P_CELLS = {
    (measure, model): cell
    for measure, row in P_VALUES.items()
    for model, cell in read_row(row, MODELS[1:]).items()
}
AREA_CELLS = read_row(AREAS, MODELS)


def unfold(model):
    """Truth and calls of one model, from its four printed counts."""
    tp, fp, fn, tn = COUNTS[model]
    return np.repeat([1, 0, 1, 0], [tp, fp, fn, tn]), np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])


def unfold_both(model):
    """Truth, calls of the combined and of another model, from the joint counts."""
    tp, fp, fn, tn = COUNTS["combined"]
    rows = []
    for truth, right, wrong, key in ((1, tp, fn, "positive"), (0, tn, fp, "negative")):
        only_first, only_second = DISCORDANT[model][key]
        agreeing = [(1, 1)] * (right - only_first) + [(0, 0)] * (wrong - only_second)
        disagreeing = [(1, 0)] * only_first + [(0, 1)] * only_second
        # A correct call of a positive patient is 1, of a negative one 0.
        rows += [
            (truth, *(int(is_right == truth) for is_right in pair))
            for pair in agreeing + disagreeing
        ]
    return np.array(rows).T


def print_per_cent(share):
    return f"{math.floor(100 * share + 0.5)}"


def print_share(share):
    return f"{math.floor(100 * share + 0.5) / 100:.2f}"


def print_p(p_value):
    """Two decimals, three below 0.01, and `<0.001`."""
    if p_value < 0.001:
        return "<0.001"
    digits = 3 if p_value < 0.01 else 2
    # Halves go up, as in print: 0.125 is 0.13.
    return f"{math.floor(p_value * 10**digits + 0.5) / 10**digits:.{digits}f}"


def print_cell(found, write):
    return f"{write(found.value)} ({write(found.low)}-{write(found.high)})"


def make_scores(n_wins):
    """Truth and scores of a set of this size whose area is n_wins / (67 * 27)."""
    beaten, more = divmod(n_wins, N_POSITIVE)
    positives = np.repeat([beaten + 1, beaten], [more, N_POSITIVE - more]) + 0.5
    truth = np.repeat([1, 0], [N_POSITIVE, N_NEGATIVE])
    return truth, np.concatenate([positives, np.arange(1, N_NEGATIVE + 1)])


def compare(measure, columns):
    if measure in ("ppv", "npv"):
        return compare_predictive_values(*columns, value=measure)
    tests = {
        "sensitivity": compare_sensitivity,
        "specificity": compare_specificity,
        "accuracy": compare_accuracy,
    }
    return tests[measure](*columns, method="exact")


@pytest.mark.parametrize(("measure", "model"), CELLS)
def test_a_printed_value_and_its_interval_come_out(measure, model):
    # Clopper and Pearson for sensitivity, specificity, accuracy; Mercaldo's logit for the others.
    found = MEASURES[measure](*unfold(model))
    assert found.method == ("mercaldo_logit" if measure in ("ppv", "npv") else "clopper_pearson")
    assert print_cell(found, print_per_cent) == CELLS[measure, model]


@pytest.mark.parametrize(("measure", "model"), P_CELLS)
def test_a_printed_p_value_comes_out(measure, model):
    found = compare(measure, unfold_both(model))
    assert print_p(found.p_value) == P_CELLS[measure, model]


def test_all_cells_are_there():
    assert len(CELLS) == 30
    assert len(P_CELLS) == 25
    assert len(AREA_CELLS) == 6


@pytest.mark.parametrize("model", DISCORDANT)
def test_derived_joint_counts_have_the_printed_margins(model):
    truth, first, second = unfold_both(model)
    assert confusion_counts(truth, first) == COUNTS["combined"]
    assert confusion_counts(truth, second) == COUNTS[model]


@pytest.mark.parametrize("reader", READERS)
def test_the_area_of_a_reader_is_balanced_accuracy(reader):
    truth, call = unfold(reader)
    balanced = (sensitivity(truth, call).value + specificity(truth, call).value) / 2
    assert auroc(truth, call).value == pytest.approx(balanced)
    found = auroc_interval(truth, call, method="exact")
    assert print_cell(found, print_share) == AREA_CELLS[reader]


@pytest.mark.parametrize("model", [name for name in MODELS if name not in READERS])
def test_the_interval_of_an_area_is_binomial_with_all_patients(model):
    # The area is known to two decimals only: one that rounds to it has the printed interval.
    printed = AREA_CELLS[model]
    n_pairs = N_POSITIVE * N_NEGATIVE
    found = [
        auroc_interval(*make_scores(n_wins), method="exact")
        for n_wins in range(n_pairs + 1)
        if abs(n_wins / n_pairs - float(printed[:4])) <= 0.005
    ]
    assert printed in {print_cell(one, print_share) for one in found}
