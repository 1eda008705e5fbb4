"""The flow: everybody counted once, rules in their order, sums that meet."""

import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.patient_flow import COLUMNS, GATE_STEP, LABS_STEP, trace_patients
from cirrhosis.evaluation.settings import EvaluationSettings
from tests.evaluation.made_facts import make_facts, make_labels, make_partition, make_small

SETTINGS = EvaluationSettings()
ALL_OF = [f"P{at}" for at in range(10)]


def rows_of(flow, **keys):
    """Return the rows that have these cells."""
    for name, value in keys.items():
        flow = flow[flow[name] == value]
    return flow


def score(*without):
    """Return rows of the combined model for all included patients but some."""
    ids = [one for one in ALL_OF if one not in without]
    return pd.DataFrame({"patient_id": ids, "model": "combined"})


@pytest.fixture
def facts():
    return make_small(inr=[None, None, *[1.0] * 7, None, None, None])


def test_a_worked_flow(facts):
    failures = pd.DataFrame({"patient_id": ["P0", "P2"], "stage": "read", "reason": "text"})
    flow = trace_patients(
        facts,
        settings=SETTINGS,
        failures=failures,
        cnn=score("P0", "P2", "P3"),
        fused=score("P0", "P1", "P2", "P3", "P9"),
        predictors=["inr"],
        labels=pd.Series([0, 1] * 6, index=facts.index),
    )
    assert list(flow.columns) == list(COLUMNS)
    whole = flow[["step", "excluded", "remaining", "n_positive"]].to_numpy().tolist()
    assert whole[:3] == [
        ["in patients.csv", 0, 12, 6], ["under age", 1, 11, 6], ["no MRI", 1, 10, 5],
    ]  # fmt: skip
    training = rows_of(flow, split="training")[["step", "kind", "excluded", "remaining"]]
    # P0 lacks INR as well but was lost before; P1 (positive) is the only one lost for labs.
    assert training.to_numpy().tolist() == [
        ["training", "split", 0, 6],
        ["preparation failed: read", "loss", 2, 4],
        ["no CNN score", "loss", 1, 3],
        [LABS_STEP, "loss", 1, 2],
        ["analysed", "analysed", 0, 2],
    ]
    labs = rows_of(flow, step=LABS_STEP).set_index("split")
    assert labs["excluded"].to_dict() == {"training": 1, "internal_1": 0, "external": 1}
    assert labs.loc["training", "reason"] == "inr 1"
    analysed = rows_of(flow, kind="analysed").set_index("split")
    assert analysed["remaining"].to_dict() == {
        "training": 2, "internal_1": 2, "external": 1, "all": 5,
    }  # fmt: skip
    # P4, P5, P6, P7 and P8: two of them positive.
    assert analysed.loc["all", "n_positive"] == 2


def test_whom_the_limits_of_quality_leave_out_is_counted_after_failures(facts):
    failures = pd.DataFrame(
        {"patient_id": ["P0", "P2"], "stage": ["quality", "read"], "reason": "text"}
    )
    flow = trace_patients(facts, settings=SETTINGS, failures=failures, predictors=[])
    training = rows_of(flow, split="training")[["step", "excluded", "remaining"]]
    assert training.to_numpy().tolist()[1:3] == [
        ["preparation failed: read", 1, 5],
        [GATE_STEP, 1, 4],
    ]
    alone = trace_patients(facts, settings=SETTINGS, failures=failures[:1], predictors=[])
    steps = rows_of(alone, split="training")["step"].tolist()
    assert steps[1:3] == ["preparation failed", GATE_STEP]


def test_imputed_labs_lose_nobody_and_are_named(facts):
    flow = trace_patients(facts, settings=SETTINGS, fused=score(), predictors=["inr"])
    labs = rows_of(flow, step=LABS_STEP).set_index("split")
    assert labs["excluded"].eq(0).all()
    assert labs.loc["training", "reason"] == "imputed: inr 2"
    assert labs.loc["internal_1", "reason"] == ""


def test_a_patient_with_all_labs_but_without_score_is_not_blamed_on_labs(facts):
    flow = trace_patients(
        facts, settings=SETTINGS, fused=score("P0", "P1", "P9", "P5"), predictors=["inr"]
    )
    other = rows_of(flow, step="no fused score, predictors complete").set_index("split")
    assert other["excluded"].to_dict() == {"training": 1, "internal_1": 0, "external": 0}


def test_rules_stand_in_the_order_of_the_split_also_those_that_excluded_nobody(facts):
    exclusions = pd.DataFrame(
        {
            "step": ["in patients.csv", "no MRI", "no fibrosis stage", "under age"],
            "excluded": [0, 1, 0, 1],
            "remaining": [12, 11, 11, 10],
        }
    )
    flow = trace_patients(facts, settings=SETTINGS, exclusions=exclusions)
    steps = rows_of(flow, kind="exclusion")
    assert steps["step"].tolist() == ["no MRI", "no fibrosis stage", "under age"]
    assert steps["remaining"].tolist() == [11, 11, 10]
    with pytest.raises(ContractError, match="1 steps differ: 'no MRI: 2 against 1'"):
        trace_patients(
            facts, settings=SETTINGS, exclusions=exclusions.assign(excluded=[0, 2, 0, 1])
        )
    with pytest.raises(ContractError, match="'under age: 0 against 1'"):
        trace_patients(facts, settings=SETTINGS, exclusions=exclusions.iloc[:-1])


def test_classes_that_are_not_known_are_said(facts):
    flow = trace_patients(facts, settings=SETTINGS)
    start = rows_of(flow, kind="start").iloc[0]
    assert start["n_positive"] == 5
    assert start["reason"] == "2 of the remaining have no known class"
    assert rows_of(flow, kind="split")["reason"].eq("").all()


def test_a_rule_says_whom_it_could_not_judge(facts):
    exclusions = pd.DataFrame(
        {
            "step": ["in patients.csv", "under age", "no MRI", "training"],
            "kind": ["start", "exclusion", "exclusion", "split"],
            "excluded": [0, 1, 1, 0],
            "remaining": [12, 11, 10, 6],
            "not_judged": [0, 3, 0, 0],
        }
    )
    flow = rows_of(
        trace_patients(facts, settings=SETTINGS, exclusions=exclusions), kind="exclusion"
    )
    assert flow["step"].tolist() == ["under age", "no MRI"]
    assert flow["reason"].str.contains("3 stay").tolist() == [True, False]


def test_a_prediction_of_somebody_who_takes_no_part_is_refused(facts):
    with pytest.raises(ContractError, match="1 patients take no part: 'P10'"):
        trace_patients(facts, settings=SETTINGS, cnn=pd.DataFrame({"patient_id": [*ALL_OF, "P10"]}))


def test_only_patients_of_the_reference_model_are_analysed(facts):
    of_cnn = score().assign(model="cnn")
    both = pd.concat([of_cnn, score("P0", "P1")])
    flow = trace_patients(facts, settings=SETTINGS, fused=both, predictors=["inr"])
    assert rows_of(flow, kind="analysed", split="training")["remaining"].item() == 4
    with pytest.raises(ContractError, match="model 'combined' among the predictions"):
        trace_patients(facts, settings=SETTINGS, fused=of_cnn)


def test_sums_meet_in_a_cohort_of_the_article_s_size():
    facts, labels = make_facts(), make_labels()
    flow = trace_patients(facts, settings=SETTINGS, exclusions=make_partition().flow, labels=labels)
    n_excluded = rows_of(flow, kind="exclusion")["excluded"].sum()
    splits = rows_of(flow, kind="split").set_index("split")["remaining"]
    assert 1400 - n_excluded == splits["all"] == splits.drop("all").sum()
    lost = rows_of(flow, kind="loss")["excluded"].sum()
    analysed = rows_of(flow, kind="analysed").set_index("split")
    assert splits["all"] - lost == analysed.loc["all", "remaining"]
    parts = analysed.drop(index="all")
    assert parts["remaining"].sum() == analysed.loc["all", "remaining"]
    assert parts["n_positive"].sum() == analysed.loc["all", "n_positive"]
    assert lost > 0


def test_patients_without_a_sequence_leave_by_the_rule_that_says_so(facts):
    left_out = pd.DataFrame(
        {"patient_id": ["P3", "P4"], "reason": "complete_case", "lacks": ["pvp", "pvp+t2"]}
    )
    flow = trace_patients(facts, settings=SETTINGS, left_out=left_out, cnn=score("P3", "P4"))
    lost = rows_of(flow, step="lacks a sequence (complete_case)")
    assert lost["excluded"].sum() == 2
    assert "pvp" in " ".join(lost["reason"])
    # They are not counted again as patients without a score.
    assert rows_of(flow, step="no CNN score")["excluded"].sum() == 0


def test_a_rule_that_loses_nobody_is_no_step(facts):
    nobody = pd.DataFrame({"patient_id": [], "reason": [], "lacks": []}, dtype="string")
    flow = trace_patients(facts, settings=SETTINGS, left_out=nobody, cnn=score())
    assert not flow["step"].str.contains("lacks a sequence").any()
