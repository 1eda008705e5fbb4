"""Clinical columns beside the split: nobody lost, nobody invented."""

import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.facts import NOT_IN_SPLIT, included, join_facts, read_classes

IDS = [f"P{at}" for at in range(6)]


@pytest.fixture
def patients():
    return pd.DataFrame(
        {
            "patient_id": IDS,
            "center": ["1"] * 6,
            "age_years": [50, 60, 70, 40, 30, 20],
            "ward": list("abcdef"),
            "split": "of another study",
        }
    )


@pytest.fixture
def splits():
    return pd.DataFrame(
        {
            "patient_id": IDS[::-1],
            "study_date": None,
            "target": [None, 0, 1, 0, 1, 0],
            "split": [None, "external", "training", "training", "training", "training"],
            "fold": [None, None, 0, 0, 1, 1],
            "excluded_for": ["under age", None, None, None, None, None],
        }
    )


def test_every_patient_stands_with_both_rows_in_the_cohort_s_order(patients, splits):
    facts = join_facts(patients, splits)
    assert facts.index.tolist() == IDS
    assert facts.index.dtype == "string"
    assert facts.loc["P0", ["age_years", "ward", "target", "split", "fold"]].tolist() == [
        50, "a", 0, "training", 1,
    ]  # fmt: skip
    assert facts.loc["P5", "excluded_for"] == "under age"
    assert facts["target"].dtype == facts["fold"].dtype == "Int64"
    assert included(facts).index.tolist() == IDS[:5]


def test_patient_id_may_be_the_index(patients, splits):
    pd.testing.assert_frame_equal(
        join_facts(patients.set_index("patient_id"), splits), join_facts(patients, splits)
    )


def test_a_patient_of_the_split_without_a_clinical_row_is_refused(patients, splits):
    with pytest.raises(ContractError, match="2 of 6 are absent: 'P0', 'P3'"):
        join_facts(patients.drop(index=[0, 3]), splits)


def test_a_patient_whom_a_given_split_leaves_out_carries_a_reason(patients, splits):
    facts = join_facts(patients, splits.drop(index=1))
    assert facts.loc["P4", "excluded_for"] == NOT_IN_SPLIT
    assert facts.loc["P4", "group_id"] == "P4"
    assert "P4" not in included(facts).index


def test_the_split_s_class_holds_and_labels_fill_the_excluded(patients, splits):
    facts = join_facts(patients, splits)
    labels = pd.Series([1, 1, 1, 1, 1, 1], index=IDS)
    assert read_classes(facts, labels).tolist() == [0, 1, 0, 1, 0, 1]
    assert read_classes(facts, None).isna().tolist() == [False] * 5 + [True]
