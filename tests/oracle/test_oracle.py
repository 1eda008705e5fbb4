"""The comparison with R: it holds, it walks over what R wrote, and it sees a changed value."""

import json
import math
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.oracle.__main__ import main
from tests.oracle.answers import Ours
from tests.oracle.calls import CELLS
from tests.oracle.cases import Case, read_cases
from tests.oracle.comparing import Answers, compare_case
from tests.oracle.judging import NO_REASON, Outcome, judge
from tests.oracle.kinds import KINDS
from tests.oracle.leaves import Leaf, list_leaves, walk

LAST_LINE = r"compared (\d+) values, (\d+) outside tolerance, (\d+) undefined as stated"


@pytest.fixture
def take(shared_data, tmp_path):
    """Return a function that copies one case of R's answers to where it may be changed."""

    def take_case(kind, case):
        source = shared_data / "oracle" / kind
        if kind == "paired":
            shutil.copytree(source / case, tmp_path / kind / case)
            return tmp_path / kind / case / "expected.json"
        shutil.copytree(source, tmp_path / kind)
        path = tmp_path / kind / "expected.json"
        tree = json.loads(path.read_text())
        path.write_text(json.dumps(tree if isinstance(tree, list) else {case: tree[case]}))
        return path

    return take_case


def read_last_line(text):
    match = re.fullmatch(LAST_LINE, text.strip().splitlines()[-1])
    assert match, text[-200:]
    return tuple(int(number) for number in match.groups())


def change(path, keys, by):
    """Add to one value of a JSON file, or remove it."""
    tree = json.loads(path.read_text())
    *above, last = (int(key) if key.isdigit() else key for key in keys.split("."))
    place = tree
    for key in above:
        place = place[key]
    place[last] = None if by is None else place[last] + by
    path.write_text(json.dumps(tree))


def test_everything_that_r_wrote_agrees(shared_data, capsys):
    assert main([str(shared_data / "oracle")]) == 0
    n_compared, n_outside, n_undefined = read_last_line(capsys.readouterr().out)
    assert n_compared >= 4000
    assert n_outside == 0
    assert n_undefined > 0


def test_every_value_of_a_case_has_a_verdict(take, tmp_path):
    take("paired", "s02_small20")
    take("logistic", "l3_separation")
    take("proportions", "rows")
    for case in read_cases(tmp_path):
        n_values = sum(path[0] != "degenerate" for path, _ in walk(case.expected))
        verdicts = compare_case(case)
        assert len(verdicts) == n_values
        assert all(one.remark for one in verdicts if one.outcome is Outcome.LEFT_OUT)


@pytest.mark.parametrize(
    ("kind", "case", "keys"),
    [
        ("paired", "s02_small20", "auc.score1.var_delong"),
        ("paired", "s02_small20", "delong_paired.p_value"),
        ("paired", "s02_small20", "youden.score2.test_counts_per_optimum.0.threshold"),
        ("paired", "s02_small20", "calibration.score1.slope"),
        ("paired", "s02_small20", "binary_tests.test2.tp"),
        ("proportions", "rows", "3.wilson_lower"),
        ("tables", "t_n200", "t_n200.mcnemar_accuracy.p_midp"),
        ("tables", "t_rare", "t_rare.test2.ppv.clopper_pearson.1"),
        ("vif", "v1_n150", "v1_n150.vif_lm.bmi"),
        ("logistic", "l1_n180", "l1_n180.univariable.sex.terms.sexM.p_wald"),
        ("table1", "a_n16", "a_n16.etiology.fisher_p"),
    ],
)
def test_one_changed_value_is_named(take, tmp_path, capsys, kind, case, keys):
    path = take(kind, case)
    change(path, keys, by=1e-4)
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert read_last_line(printed)[1] == 1
    named = printed.split("outside tolerance: 1 values")[1].splitlines()[1]
    assert keys.removeprefix(f"{case}.") in named
    assert case in named


# Wider by a stated tolerance, or cut to [0, 1] by the product.
LESS_SHARP = ("or_ci95_profile", "firth_logistf", "agresti_coull")


def test_a_change_of_any_compared_value_is_seen(take, tmp_path):
    take("paired", "s02_small20")
    take("tables", "t_n60")
    take("table1", "a_n16")
    take("logistic", "l1_n180")
    take("vif", "v1_n150")
    take("proportions", "rows")
    n_seen, unseen = 0, []
    for case in read_cases(tmp_path):
        answers = Answers(KINDS[case.kind], case)
        for verdict in compare_case(case):
            leaf = verdict.leaf
            if verdict.outcome is not Outcome.AGREES or type(leaf.value) not in (int, float):
                continue
            ours = answers.find(leaf.path)
            ours = ours if isinstance(ours, Ours) else Ours(ours)
            step = 1e-4 * max(1, abs(leaf.value))
            changed = judge(replace(leaf, value=leaf.value + step), ours)
            n_seen += changed.outcome is Outcome.OUTSIDE
            if changed.outcome is not Outcome.OUTSIDE:
                unseen.append(leaf.key)
    assert n_seen > 2500
    assert [key for key in unseen if not any(part in key for part in LESS_SHARP)] == []


def test_no_table_of_few_patients_crashes(take, tmp_path):
    path = take("tables", "t_n60")
    tree = json.loads(path.read_text())["t_n60"]
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.choice([0, 0, 1, 2], size=(20, 8)), columns=CELLS)
    table = table[table.sum(axis=1) > 0].assign(case=[f"x{k}" for k in range(20)])
    table.to_csv(path.with_name("cases.csv"), index=False)
    path.write_text(json.dumps(dict.fromkeys(table["case"], empty(tree))))
    verdicts = [one for case in read_cases(tmp_path) for one in compare_case(case)]
    assert len(verdicts) > 5_000
    assert [one for one in verdicts if one.remark.startswith("raised")] == []
    assert [one for one in verdicts if one.remark == NO_REASON] == []


def empty(tree):
    """The same keys without numbers."""
    if isinstance(tree, dict):
        return {key: empty(below) for key, below in tree.items()}
    return [empty(below) for below in tree] if isinstance(tree, list) else None


def test_one_changed_point_of_a_decision_curve_is_named(take, tmp_path, capsys):
    path = take("paired", "s02_small20").with_name("dca.csv")
    path.write_text(path.read_text().replace("all,0.01,0.4949", "all,0.01,0.4950"))
    assert main([str(tmp_path)]) == 1
    assert "dca.csv.all.0.01.net_benefit" in capsys.readouterr().out


def test_a_case_that_is_dropped_in_is_compared(take, tmp_path, capsys):
    take("paired", "s02_small20")
    assert main([str(tmp_path)]) == 0
    n_before, *_ = read_last_line(capsys.readouterr().out)
    added = take("paired", "s07_perfect").parent
    added = added.rename(added.with_name("x01_added"))
    assert main([str(tmp_path)]) == 0
    n_after, _, n_undefined = read_last_line(capsys.readouterr().out)
    assert n_after > n_before
    assert n_undefined > 0
    change(added / "expected.json", "auc.score2.auc", by=1e-4)
    assert main([str(tmp_path)]) == 1
    assert "x01_added auc.score2.auc" in capsys.readouterr().out


def test_a_number_where_r_has_none_is_outside(take, tmp_path, capsys):
    path = take("paired", "s02_small20")
    change(path, "auc.score1.auc", by=None)
    assert main([str(tmp_path)]) == 1
    assert "R has no value here" in capsys.readouterr().out


def test_none_where_r_has_a_number_is_outside(take, tmp_path, capsys):
    path = take("paired", "s08_never_positive")
    tree = json.loads(path.read_text())
    tree["binary_tests"]["test2"]["ppv"]["est"] = 0.5
    path.write_text(json.dumps(tree))
    assert main([str(tmp_path)]) == 1
    assert "R 0.5, ours None" in capsys.readouterr().out


def test_a_crash_of_the_product_is_outside(take, tmp_path, capsys, monkeypatch):
    def fail(*columns, **settings):
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr("tests.oracle.areas.compare_auroc_paired", fail)
    take("paired", "s02_small20")
    assert main([str(tmp_path)]) == 1
    assert "raised ZeroDivisionError: no such luck" in capsys.readouterr().out


def test_an_unknown_key_is_left_out_by_name(take, tmp_path, capsys):
    path = take("paired", "s02_small20")
    tree = json.loads(path.read_text())
    path.write_text(json.dumps(tree | {"brand_new": {"statistic": 1.5}}))
    assert main([str(tmp_path)]) == 0
    assert "brand_new/statistic: unknown key" in capsys.readouterr().out


def test_a_folder_of_another_form_is_refused(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "expected a folder with" in capsys.readouterr().err


def test_an_answer_without_data_is_refused(take, tmp_path, capsys):
    take("vif", "v1_n150").with_name("v1_n150.csv").unlink()
    assert main([str(tmp_path)]) == 2
    assert "v1_n150" in capsys.readouterr().err


def test_a_score_without_information_has_the_optima_of_proc(take, tmp_path):
    # Constant scores: calling everybody and calling nobody positive tie with an index of 0.
    path = take("paired", "s02_small20")
    data = pd.read_csv(path.with_name("data.csv")).assign(score1=0.5)
    data.to_csv(path.with_name("data.csv"), index=False)
    tree = json.loads(path.read_text())
    answer = tree["youden"]["score1"]
    answer |= {
        "max_j": 0,
        "n_tied_optima": 2,
        "proc_thresholds_midpoint": [None, None],
        "train_sensitivity": [1, 0],
        "train_specificity": [0, 1],
        "smallest_train_score_called_positive": [0.5, None],
        "test_counts_per_optimum": [],
    }
    path.write_text(json.dumps({"youden": {"score1": answer}}))
    (case,) = read_cases(tmp_path)
    case.expected.pop("dca.csv")
    verdicts = compare_case(case)
    assert {one.leaf.key for one in verdicts if one.outcome is Outcome.OUTSIDE} == set()
    assert sum(one.outcome is Outcome.UNDEFINED for one in verdicts) == 3


def test_rounding_noise_of_a_table_without_variance_is_not_compared(take, tmp_path):
    path = take("tables", "t_n60")
    table = pd.DataFrame([["same", 12, 0, 0, 3, 4, 0, 0, 30]], columns=["case", *CELLS])
    table.to_csv(path.with_name("cases.csv"), index=False)
    noise = {"test.statistic": 0.7, "p.value": 0.4}
    steps = {"var_wgs_null": -1e-18, "wgs_stat_handcalc": 0.7}
    tree = {"same": {"dtcompair_pv_wgs": {"ppv": noise}, "ppv_difference": steps}}
    path.write_text(json.dumps(tree))
    (case,) = read_cases(tmp_path)
    assert {one.outcome for one in compare_case(case)} == {Outcome.UNDEFINED}


def test_a_note_of_r_names_its_keys():
    tree = {
        "binary_tests": {"ppv_difference": {"c_p": 1}, "npv_difference": {"c_p": 1}},
        "auc": {"score1": {"auc": 1}, "score2": {"auc": 1}},
        "degenerate": ["binary_tests ppv: undefined", "auc.score1: no variance"],
    }
    noted = [
        leaf.key for leaf in list_leaves(Case("paired", "x", tree, None), []) if leaf.degenerate
    ]
    assert noted == ["binary_tests.ppv_difference.c_p", "auc.score1.auc"]


def test_what_is_no_number_is_empty():
    leaves = dict(walk({"a": [1.5, math.nan], "b": {"c": -math.inf, "d": []}}))
    assert leaves == {("a", "0"): 1.5, ("a", "1"): None, ("b", "c"): None}


def test_words_that_only_python_takes_as_missing_stay_words(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("group,etiology,bmi\n0,None,NA\n1,HBV,20.5\n1,NA,\n")
    data = Case("table1", "x", {}, path).data
    assert data["etiology"].dropna().tolist() == ["None", "HBV"]
    assert data["bmi"].isna().sum() == 2


@pytest.mark.parametrize(
    ("value", "degenerate", "ours", "outcome"),
    [
        (1.0, None, Ours(1.0), Outcome.AGREES),
        (1.0, None, Ours(1.1), Outcome.OUTSIDE),
        (1.0, None, Ours(None, "no pair"), Outcome.OUTSIDE),
        (1.0, None, Ours(float("nan")), Outcome.OUTSIDE),
        (1.0, "0/0", Ours(None, "no pair"), Outcome.UNDEFINED),
        (1.0, "0/0", Ours(None), Outcome.OUTSIDE),
        (1.0, "0/0", Ours(1.1), Outcome.OUTSIDE),
        (None, None, Ours(None, "no pair"), Outcome.UNDEFINED),
        (None, None, Ours(None), Outcome.OUTSIDE),
        (None, None, Ours(1.0), Outcome.OUTSIDE),
        (None, None, Ours(1.0, "p = 1 by convention"), Outcome.UNDEFINED),
        (True, None, Ours(True), Outcome.AGREES),
        ("bmi", None, Ours("age"), Outcome.OUTSIDE),
    ],
)
def test_the_rules_of_judgement(value, degenerate, ours, outcome):
    assert judge(Leaf("paired", "x", ("z",), value, degenerate), ours).outcome is outcome
