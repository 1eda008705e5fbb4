"""Splits keep groups together, stratify, and count everyone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.cohort.eligibility import EligibilitySettings
from cirrhosis.cohort.folds import draw_folds
from cirrhosis.cohort.labels import LabelSettings, label_patients
from cirrhosis.cohort.partition import SplitSettings, draw_partition
from cirrhosis.cohort.studies import choose_studies
from cirrhosis.contracts.cohort import Cohort, check_patients, check_volumes
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import check_splits


def make_cohort(tmp_path, n=200, **columns):
    rng = np.random.default_rng(3)
    names = [f"P{number:03}" for number in range(n)]
    early = rng.random(n) < 0.8
    patients = pd.DataFrame(
        {
            "patient_id": names,
            "center": rng.choice(["1", "1", "1", "2"], n),
            "reference_date": np.where(early, "2019-06-10", "2022-06-10"),
            "fibrosis_scheme": "beijing",
            "fibrosis_stage": rng.choice(["S1", "S3", "S4", "S4"], n),
            "age_years": 50.0,
        }
        | columns
    )
    volumes = pd.DataFrame(
        {
            "patient_id": names,
            "study_date": np.where(early, "2019-06-01", "2022-06-01"),
            "sequence": "t1",
            "path": "x.nii",
        }
    )
    patients = check_patients(patients)
    return Cohort(tmp_path, patients, check_volumes(volumes, patients))


def draw(cohort, label=None, **changes):
    return draw_partition(cohort, label or LabelSettings(), SplitSettings(seed=1, **changes))


def test_article_split_places_centres_and_dates(tmp_path):
    cohort = make_cohort(tmp_path)
    table = draw(cohort).table.set_index("patient_id")
    center = cohort.patients.set_index("patient_id")["center"]
    assert set(table.index[table["split"] == "external"]) == set(center.index[center == "2"])
    late = table["study_date"] >= "2021-06-01"
    assert ((table["split"] == "internal_2") == (late & (center == "1"))).all()
    early = table[table["split"].isin(["training", "internal_1"])]
    holdout = early[early["split"] == "internal_1"]
    assert len(holdout) == pytest.approx(len(early) / 10, abs=1)
    assert holdout["target"].mean() == pytest.approx(early["target"].mean(), abs=0.05)


def test_drawn_split_fulfils_the_contract_and_repeats(tmp_path):
    cohort = make_cohort(tmp_path)
    partition = draw(cohort)
    check_splits(partition.table)
    pd.testing.assert_frame_equal(partition.table, draw(cohort).table)
    folds = partition.balance.query("split == 'training' and fold != 'all'")
    assert len(folds) == 5
    assert folds["prevalence"].max() - folds["prevalence"].min() < 0.05
    assert (
        folds["n"].sum() == partition.balance.query("fold == 'all'").set_index("split").n.training
    )


def test_flow_counts_each_patient_once(tmp_path):
    n = 200
    cohort = make_cohort(
        tmp_path,
        fibrosis_stage=[None, None, *["S4", "S1"] * 99],
        age_years=[10.0, 50.0, 10.0, *[50.0] * 197],
        prior_liver_treatment=[0.0, 0.0, 0.0, 1.0, *[0.0] * 196],
        image_quality_adequate=[1.0] * 4 + [0.0] + [1.0] * 195,
        reference_date=["2019-06-10"] * 5 + ["2020-06-10"] + ["2019-06-10"] * (n - 6),
    )
    volumes = cohort.volumes.assign(study_date="2019-06-01").iloc[:-1]
    flow = draw(Cohort(tmp_path, cohort.patients, volumes)).flow
    rules = flow[flow["kind"] == "exclusion"]
    assert rules["step"].tolist() == [
        "no fibrosis stage",
        "inadequate specimen",
        "no MRI",
        "under age",
        "MRI after surgery",
        "MRI over 92 days from reference",
        "prior liver treatment",
        "inadequate images",
    ]
    assert rules["excluded"].tolist() == [2, 0, 1, 1, 0, 1, 1, 1]
    assert rules["remaining"].iloc[-1] == n - 7


def test_required_labs_exclude_with_their_name(tmp_path):
    cohort = make_cohort(tmp_path, inr=[None] * 3 + [1.0] * 197)
    partition = draw(cohort, eligibility=EligibilitySettings(required_columns=("inr",)))
    assert (partition.table["excluded_for"] == "no inr").sum() == 3


def test_groups_stay_together_and_training_wins(tmp_path):
    groups = [f"G{number // 4}" for number in range(200)]
    partition = draw(make_cohort(tmp_path, group_id=groups))
    check_splits(partition.table)
    sides = partition.table.groupby("group_id")[["split", "fold"]].nunique()
    assert (sides <= 1).all().all()


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 5), st.integers(0, 10_000), st.integers(1, 3))
def test_folds_are_even_whatever_the_groups(n_folds, seed, per_group):
    n = 120
    targets = pd.Series(np.arange(n) // per_group % 3 == 0).astype("Int64")
    groups = pd.Series(np.arange(n) // per_group).astype(str)
    folds = draw_folds(targets, groups, n_folds=n_folds, seed=seed)
    assert (folds.groupby(groups).nunique() == 1).all()
    sizes, positives = folds.value_counts(), folds[targets == 1].value_counts()
    assert len(sizes) == n_folds
    assert sizes.max() - sizes.min() <= 2 * per_group
    assert positives.max() - positives.min() <= 2 * per_group


def test_another_seed_draws_another_split(tmp_path):
    cohort = make_cohort(tmp_path)
    other = draw_partition(cohort, LabelSettings(), SplitSettings(seed=2)).table
    assert not draw(cohort).table["fold"].equals(other["fold"])


def test_permuted_labels_keep_the_prevalence_and_cut_the_link(tmp_path):
    cohort = make_cohort(tmp_path)
    true = draw(cohort).table["target"]
    permuted = draw(cohort, LabelSettings(permute_seed=1)).table["target"]
    assert permuted.sum() == true.sum()
    assert (permuted == true).mean() < 0.75
    assert not permuted.equals(draw(cohort, LabelSettings(permute_seed=2)).table["target"])


def test_labels_by_stage_and_by_column(tmp_path):
    patients = make_cohort(tmp_path, n=4, own=[1, 0, None, 1]).patients
    patients["fibrosis_stage"] = ["S4", "S3", "S2", None]
    assert label_patients(patients, LabelSettings()).tolist()[:3] == [1, 0, 0]
    assert label_patients(patients, LabelSettings(minimum_metavir_stage=3)).tolist()[:3] == [
        1,
        1,
        0,
    ]
    assert label_patients(patients, LabelSettings())[3] is pd.NA
    own = label_patients(patients, LabelSettings(column="own"))
    assert own.isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("columns", "label", "message"),
    [
        ({"fibrosis_scheme": "knodell"}, {}, "known fibrosis schemes.*knodell"),
        ({"fibrosis_stage": "S9"}, {}, "known fibrosis schemes.*S9"),
        ({}, {"column": "nothing"}, "label's column 'nothing'"),
        ({"own": 2}, {"column": "own"}, "0 or 1 in the label's column 'own'"),
        ({"fibrosis_stage": "S4"}, {}, "at least 10 groups of each class"),
        ({"center": None}, {}, "a centre for every patient"),
    ],
)
def test_refuses(tmp_path, columns, label, message):
    with pytest.raises(ContractError, match=message):
        draw(make_cohort(tmp_path, **columns), LabelSettings(**label))


def test_too_few_of_a_class_for_the_folds_is_refused():
    targets = pd.Series([1, 1, 1, 0, 0, 0, 0, 0, 0], dtype="Int64")
    with pytest.raises(ContractError, match="at least 5 groups of each class"):
        draw_folds(targets, pd.Series(list("abcdefghi")), n_folds=5, seed=1)


def test_study_nearest_to_the_reference_is_chosen():
    patients = pd.DataFrame({"patient_id": ["A", "B"], "reference_date": ["2020-06-01", None]})
    volumes = pd.DataFrame(
        {
            "patient_id": ["A", "A", "A", "B", "B"],
            "study_date": ["2020-01-01", "2020-05-20", "2020-05-20", "2021-01-01", "2019-01-01"],
            "sequence": ["t1", "t2", "t1", "t1", "t1"],
        }
    )
    studies = choose_studies(patients, volumes).set_index("patient_id")
    assert studies.loc["A", "study_date"] == "2020-05-20"
    assert studies.loc["A", "sequences"] == "t1+t2"
    assert studies.loc["A", "days_to_reference"] == 12
    assert studies.loc["B", "study_date"] == "2019-01-01"
