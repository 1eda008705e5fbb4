"""Areas under ROC curves against pROC 1.18 (tests/../oracle/paired)."""

import pytest

from cirrhosis.statistics.auroc_comparison import compare_auroc_paired, compare_auroc_unpaired
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.thresholds import youden_threshold

SCORES = ("score1", "score2")


def same(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def check_auroc(truth, score, expected):
    plain = auroc_interval(truth, score)
    assert plain.value == same(expected["auc"])
    assert (plain.low, plain.high) == same((expected["ci95_lower"], expected["ci95_upper"]))
    variance = delong_covariance(truth, score).covariance[0, 0]
    assert variance == same(expected["var_delong"])
    if "ci95_logit_lower" in expected:
        bounded = auroc_interval(truth, score, method="logit")
        limits = (expected["ci95_logit_lower"], expected["ci95_logit_upper"])
        assert (bounded.low, bounded.high) == same(limits)
    else:
        assert auroc_interval(truth, score, method="logit").low is None


def test_areas_and_intervals_equal_proc(paired_case):
    data, expected = paired_case
    for name in SCORES:
        check_auroc(data["y"], data[name], expected["auc"][name])


def test_areas_of_subgroups_equal_proc(paired_case):
    data, expected = paired_case
    for name in SCORES:
        for group in (0, 1):
            rows = data[data["group"] == group]
            answer = expected["delong_unpaired_by_group"][name][f"group{group}"]
            check_auroc(rows["y"], rows[name], answer)


def test_paired_test_equals_proc(paired_case):
    data, expected = paired_case
    answer = expected["delong_paired"]
    found = compare_auroc_paired(data["y"], data["score1"], data["score2"])
    assert found.difference == same(answer["diff_auc1_minus_auc2"])
    assert (found.statistic, found.p_value) == same((answer["z"], answer["p_value"]))
    assert (found.low, found.high) == same((answer["diff_ci95_lower"], answer["diff_ci95_upper"]))
    both = delong_covariance(data["y"], data["score1"], data["score2"])
    assert both.covariance[0, 1] == same(answer["cov_delong"])


@pytest.mark.parametrize("name", SCORES)
def test_unpaired_test_equals_proc(paired_case, name):
    data, expected = paired_case
    answer = expected["delong_unpaired_by_group"][name]
    groups = [data[data["group"] == group] for group in (0, 1)]
    columns = [column for rows in groups for column in (rows["y"], rows[name])]
    by_t, by_normal = (compare_auroc_unpaired(*columns, reference=r) for r in ("t", "normal"))
    assert by_t.difference == same(answer["diff_group0_minus_group1"])
    if answer["z"] is None:
        assert by_t.p_value == 1
        assert "convention" in by_t.reason
        return
    assert by_t.statistic == same(answer["proc_D"])
    assert by_t.degrees_of_freedom == same(answer["proc_df"])
    assert by_t.p_value == same(answer["proc_p_value_t"])
    assert by_normal.statistic == same(answer["z"])
    assert by_normal.p_value == same(answer["p_value_normal"])
    limits = (answer["diff_ci95_normal_lower"], answer["diff_ci95_normal_upper"])
    assert (by_normal.low, by_normal.high) == same(limits)


@pytest.mark.parametrize("name", SCORES)
def test_youden_equals_coords_of_proc(paired_case, name):
    data, expected = paired_case
    answer = expected["youden"][name]
    train, test = data[data["split"] == "train"], data[data["split"] == "test"]
    found = youden_threshold(train["y"], train[name])
    assert found.youden_index == same(answer["max_j"])
    assert found.n_ties == answer["n_tied_optima"]
    # The lowest of pROC's tied cut-offs is the one of highest sensitivity.
    assert found.threshold == same(answer["smallest_train_score_called_positive"][0])
    assert found.sensitivity == same(answer["train_sensitivity"][0])
    assert found.specificity == same(answer["train_specificity"][0])
    counts = answer["test_counts_per_optimum"][0]
    # pROC's midpoint may part test scores that the observed cut-off joins; check the calls
    # where no test score lies between the two.
    between = test[name].between(counts["threshold"], found.threshold, inclusive="left")
    if not between.any():
        calls = test[name] >= found.threshold
        assert int((calls & (test["y"] == 1)).sum()) == counts["tp"]
        assert int((calls & (test["y"] == 0)).sum()) == counts["fp"]
