"""Calls: the article's printed tables, R's proportions and paired tests."""

import json

import numpy as np
import pandas as pd
import pytest

from cirrhosis.statistics.classification import (
    accuracy,
    confusion_counts,
    npv,
    ppv,
    sensitivity,
    specificity,
)
from cirrhosis.statistics.paired import (
    compare_accuracy,
    compare_npv,
    compare_ppv,
    compare_sensitivity,
    compare_specificity,
    mcnemar,
)
from cirrhosis.statistics.proportions import proportion_interval

MEASURES = (sensitivity, specificity, ppv, npv, accuracy)
# Zheng et al. 2024, Table 2, internal test 1: (TP, FP, FN, TN) and the printed per cents of
# sensitivity, specificity, PPV, NPV, accuracy.
PRINTED = {
    "combined": (
        (60, 5, 7, 22),
        [(90, 80, 96), (81, 62, 94), (92, 84, 96), (76, 60, 87), (87, 79, 93)],
    ),
    "cnn": (
        (58, 7, 9, 20),
        [(87, 76, 94), (74, 54, 89), (89, 81, 94), (69, 54, 81), (83, 74, 90)],
    ),
    "fib4": (
        (46, 9, 21, 18),
        [(69, 56, 79), (67, 46, 83), (84, 75, 90), (46, 35, 57), (68, 58, 77)],
    ),
    "apri": (
        (48, 10, 19, 17),
        [(72, 59, 82), (63, 42, 81), (83, 74, 89), (47, 36, 59), (69, 59, 78)],
    ),
    "reader_1": (
        (55, 9, 12, 18),
        [(82, 71, 90), (67, 46, 83), (86, 78, 91), (60, 46, 73), (78, 68, 86)],
    ),
    "reader_2": (
        (48, 4, 19, 23),
        [(72, 59, 82), (85, 66, 96), (92, 83, 97), (55, 45, 65), (76, 66, 84)],
    ),
}
# Of the same table: pairs called rightly by the combined model only and by the other only,
# among positives then negatives, and the printed p of the five measures.
PRINTED_P = {
    "cnn": ((2, 0), (2, 0), (0.50, 0.50, 0.12, 0.07, 0.13)),
    "fib4": ((16, 2), (6, 2), (0.001, 0.29, 0.04, 0.0005, 0.0005)),
    "apri": ((17, 5), (7, 2), (0.02, 0.18, 0.03, 0.002, 0.003)),
    "reader_1": ((8, 3), (7, 3), (0.23, 0.34, 0.15, 0.06, 0.08)),
    "reader_2": ((14, 2), (2, 3), (0.004, 1.00, 1.00, 0.006, 0.03)),
}


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def calls(tp, fp, fn, tn):
    truth = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
    return truth, np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])


@pytest.mark.parametrize("name", PRINTED)
def test_printed_tables_of_the_article_are_reproduced(name):
    counts, cells = PRINTED[name]
    truth, call = calls(*counts)
    assert confusion_counts(truth, call) == counts
    for measure, cell in zip(MEASURES, cells, strict=True):
        found = measure(truth, call)
        per_cent = tuple(int(100 * part + 0.5) for part in (found.value, found.low, found.high))
        assert per_cent == cell, measure.__name__


@pytest.mark.parametrize("name", PRINTED_P)
def test_printed_p_values_of_the_article_are_reproduced(name, expand):
    tp, fp, fn, tn = PRINTED["combined"][0]
    of_positives, of_negatives, printed = PRINTED_P[name]
    counts = {
        "d11": tp - of_positives[0],
        "d10": of_positives[0],
        "d01": of_positives[1],
        "d00": fn - of_positives[1],
        "n11": fp - of_negatives[1],
        "n10": of_negatives[1],
        "n01": of_negatives[0],
        "n00": tn - of_negatives[0],
    }
    comparisons = (
        compare_sensitivity,
        compare_specificity,
        compare_ppv,
        compare_npv,
        compare_accuracy,
    )
    for compare, p_value in zip(comparisons, printed, strict=True):
        # Printed to two decimals, or to three below 0.01; "< 0.001" stands as 0.0005.
        tolerance = 0.0005001 if p_value < 0.01 else 0.005001
        assert compare(*expand(counts)).p_value == pytest.approx(p_value, abs=tolerance)


def test_proportions_equal_r(shared_data):
    table = pd.read_csv(shared_data / "oracle" / "proportions" / "expected.csv")
    assert len(table) > 10
    for row in table.itertuples():
        exact = proportion_interval(row.x, row.n)
        wilson = proportion_interval(row.x, row.n, method="wilson")
        assert (exact.low, exact.high) == same((row.cp_lower, row.cp_upper))
        assert (wilson.low, wilson.high) == same((row.wilson_lower, row.wilson_upper))


def test_measures_and_paired_tests_equal_r(shared_data, expand):
    answers = json.loads((shared_data / "oracle" / "tables" / "expected.json").read_text())
    assert len(answers) == 9
    for answer in answers.values():
        check_binary_tests(expand(answer["counts"]), answer)


def test_paired_cases_equal_r(paired_case, expand):
    answer = paired_case[1]["binary_tests"]
    check_binary_tests(expand(answer["counts"]), answer)


def check_binary_tests(columns, answer):
    truth, *both = columns
    for number, call in enumerate(both, start=1):
        for measure in MEASURES:
            expected = answer[f"test{number}"][measure.__name__]
            found = measure(truth, call)
            if found.value is None:
                assert expected["n"] == 0
                continue
            assert found.value == same(expected["est"])
            assert found.n == expected["n"]
            if found.method == "clopper_pearson":
                assert (found.low, found.high) == same(tuple(expected["clopper_pearson"]))
    check_mcnemar(columns, answer)
    for compare, key in ((compare_ppv, "ppv"), (compare_npv, "npv")):
        check_predictive(compare(*columns), answer[f"{key}_difference"])


def check_mcnemar(columns, answer):
    comparisons = {
        "sensitivity": compare_sensitivity,
        "specificity": compare_specificity,
        "accuracy": compare_accuracy,
    }
    for key, compare in comparisons.items():
        expected = answer[f"mcnemar_{key}"]
        exact, mid_p, plain = (
            compare(*columns, method=method) for method in ("exact", "mid_p", "asymptotic")
        )
        assert exact.p_value == same(expected["p_exact"])
        assert mid_p.p_value == same(expected["p_midp"])
        assert plain.p_value == (expected["p_chi2"] and same(expected["p_chi2"]))
        assert plain.statistic == (expected["chi2"] and same(expected["chi2"]))


def check_predictive(found, expected):
    if found.p_value is None:
        assert found.reason
        return
    # R's table takes test 2 minus test 1.
    assert found.difference == same(-expected["diff_test2_minus_test1"])
    low, high = expected["wald_ci95"]
    assert (found.low, found.high) == same((-high, -low))
    assert found.statistic == pytest.approx(expected["wgs_stat_handcalc"], rel=1e-8, abs=1e-12)
    assert found.p_value == pytest.approx(expected["wgs_p_handcalc"], rel=1e-8, abs=1e-14)


def test_kosinski_of_cass_as_published(expand):
    names = ("d11", "d10", "d01", "d00", "n11", "n10", "n01", "n00")
    columns = expand(dict(zip(names, (473, 29, 81, 25, 22, 46, 44, 151), strict=True)))
    positive, negative = compare_ppv(*columns), compare_npv(*columns)
    assert positive.statistic == pytest.approx(0.8070579, abs=1e-7)
    assert negative.statistic == pytest.approx(22.50225, abs=1e-5)
    assert negative.p_value == pytest.approx(2.099e-06, rel=1e-3)


def test_logit_interval_of_a_worked_example():
    # logit(1/2) = 0 and its error is 1 / sqrt(16 / 4) = 1/2, so the limits are +-0.98.
    found = proportion_interval(8, 16, method="logit")
    limits = (1 / (1 + np.exp(0.979982)), 1 / (1 + np.exp(-0.979982)))
    assert (found.low, found.high) == pytest.approx(limits, abs=1e-6)


def test_undefined_proportions_have_reasons():
    assert proportion_interval(0, 0).value is None
    assert "denominator" in proportion_interval(0, 0).reason
    assert proportion_interval(4, 4, method="logit").low is None
    assert sensitivity([0, 0], [1, 0]).value is None
    assert ppv([1, 0], [0, 0]).value is None


def test_predictive_value_of_one_falls_back_to_the_exact_interval():
    found = ppv([1, 1, 0], [1, 1, 0])
    assert (found.value, found.method) == (1, "clopper_pearson")
    assert "Mercaldo" in found.reason


def test_counts_that_are_shares_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        proportion_interval(0.8, 10)
    with pytest.raises(ValueError, match="whole numbers"):
        proportion_interval(11, 10)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one call per label"):
        confusion_counts([1, 0], [1])
    with pytest.raises(ValueError, match="one call of each test"):
        compare_accuracy([1, 0], [1, 0], [1])


def test_comparisons_without_information_say_so():
    assert mcnemar([1, 0], [1, 0]).p_value == 1
    assert mcnemar([1, 0], [1, 0], method="asymptotic").p_value is None
    assert compare_sensitivity([0, 0], [1, 0], [0, 0]).reason == "no patient of this class"
    assert compare_ppv([1, 1], [1, 1], [1, 1]).p_value is None


def test_mid_p_of_equal_counts():
    # One discordant pair each way: 1 - binomial(1; 2, 1/2) / 2 = 3/4.
    assert mcnemar([1, 0], [0, 1], method="mid_p").p_value == pytest.approx(0.75)
