"""Each rule excludes whom it names, can be switched off, and counts whom it cannot judge."""

import pandas as pd
import pytest

from cirrhosis.cohort.eligibility import EligibilitySettings
from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings
from cirrhosis.contracts.errors import ContractError
from tests.cohort.made_patients import N_EXTRA, draw, make_cohort, reasons_of

BROKEN = {
    "no fibrosis stage": ({"fibrosis_stage": None}, None),
    "inadequate specimen": ({"specimen_adequate": 0.0}, {"exclude_inadequate_specimen": False}),
    "under age": ({"age_years": 17.9}, {"minimum_age_years": 0}),
    "MRI after surgery": ({"mri_date": "2019-06-11"}, {"require_mri_before_surgery": False}),
    "MRI over 92 days from reference": (
        {"mri_date": "2019-03-09"},
        {"maximum_days_to_reference": None},
    ),
    "prior liver treatment": ({"prior_liver_treatment": 1.0}, {"exclude_prior_treatment": False}),
    "inadequate images": ({"image_quality_adequate": 0.0}, {"exclude_inadequate_images": False}),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_each_rule_excludes_and_can_be_switched_off(reason):
    change, off = BROKEN[reason]
    cohort = make_cohort([change])
    assert reasons_of(draw(cohort)) == [reason]
    if off is not None:
        partition = draw(cohort, **off)
        assert reasons_of(partition) == [None]
        assert reason not in partition.flow["step"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"age_years": 18.0},
        {"mri_date": "2019-06-10"},
        {"mri_date": "2019-03-10"},  # 92 days
        {"mri_date": "2019-06-20", "specimen": "biopsy"},  # around a biopsy
        {"mri_date": "2019-06-20", "specimen": None},
    ],
)
def test_patients_on_the_limit_or_of_unknown_specimen_take_part(change):
    assert reasons_of(draw(make_cohort([change]))) == [None]


def test_biopsy_counts_days_on_both_sides():
    cohort = make_cohort([{"mri_date": "2019-09-11", "specimen": "biopsy"}])
    assert reasons_of(draw(cohort)) == ["MRI over 92 days from reference"]


def test_labs_have_a_rule_of_their_own_only_when_asked_for():
    cohort = make_cohort([{"labs_date": "2019-05-01"}, {"labs_date": None}])
    assert reasons_of(draw(cohort)) == [None, None]
    partition = draw(cohort, maximum_days_labs_to_reference=30)
    assert reasons_of(partition) == ["labs over 30 days from reference", None]
    row = partition.flow.set_index("step").loc["labs over 30 days from reference"]
    assert row["not_judged"] == 1


def test_a_patient_counts_under_the_first_rule_that_is_broken():
    everything = {name: value for change, _ in BROKEN.values() for name, value in change.items()}
    cohort = make_cohort([everything, everything | {"fibrosis_stage": "F4"}])
    assert reasons_of(draw(cohort)) == ["no fibrosis stage", "inadequate specimen"]


def test_missing_values_pass_and_are_counted():
    gaps = dict.fromkeys(
        ["age_years", "prior_liver_treatment", "image_quality_adequate", "specimen_adequate"]
    )
    partition = draw(make_cohort([gaps, {"specimen": None}, {"reference_date": None}]))
    assert reasons_of(partition) == [None, None, None]
    flow = partition.flow.set_index("step")["not_judged"]
    assert flow[["under age", "prior liver treatment", "inadequate images"]].tolist() == [1, 1, 1]
    assert flow["MRI over 92 days from reference"] == 1
    assert flow["MRI after surgery"] == 2


def test_who_is_excluded_is_neither_unjudged_nor_labelled():
    partition = draw(make_cohort([{"age_years": None, "specimen_adequate": 0.0}]))
    assert partition.flow.set_index("step").loc["under age", "not_judged"] == 0
    table = partition.table
    assert table.loc[table["excluded_for"].notna(), "target"].isna().all()
    assert table.loc[table["excluded_for"].isna(), "target"].notna().all()


def test_ishak_five_follows_the_label():
    cohort = make_cohort([{"fibrosis_scheme": "ishak", "fibrosis_stage": "5"}])
    for counts in (True, False):
        partition = draw(cohort, label=LabelSettings(ishak_5_is_cirrhosis=counts))
        assert partition.table.set_index("patient_id").loc["A0", "target"] == int(counts)


def test_a_clinical_table_takes_part_when_no_mri_is_asked_for():
    cohort = make_cohort([{}, {"mri_date": None}, {"mri_date": "2018-01-01"}], volumes=False)
    with pytest.raises(ContractError, match=r"exclude all 43: 'no MRI: 43'.*require_mri=false"):
        draw(cohort)
    partition = draw(cohort, require_mri=False)
    assert reasons_of(partition) == [None, None, "MRI over 92 days from reference"]
    dates = partition.table.set_index("patient_id")["study_date"]
    assert dates["A0"] == "2019-06-01"
    assert pd.isna(dates["A1"])


def test_the_article_dates_a_patient_without_mri_by_the_reference():
    rows = [{"mri_date": None, "reference_date": "2022-01-01"}]
    options = {"development_center": "1", "temporal_from": "2021-06-01"}
    partition = draw(make_cohort(rows, volumes=False), split=options, require_mri=False)
    assert partition.table.set_index("patient_id").loc["A0", "split"] == "internal_2"


@pytest.mark.parametrize(
    ("implausible", "expected", "of_the_gap"),
    [
        ("ignore", None, "no platelets_e9_per_l"),
        ("exclude", "implausible values", "no platelets_e9_per_l"),
        ("missing", "no platelets_e9_per_l", "no platelets_e9_per_l"),
    ],
)
def test_implausible_labs_are_named_and_treated_as_asked(implausible, expected, of_the_gap):
    cohort = make_cohort([{"platelets_e9_per_l": 150_000.0}, {"platelets_e9_per_l": None}])
    partition = draw(cohort, implausible=implausible, required_columns=("platelets_e9_per_l",))
    assert reasons_of(partition) == [expected, of_the_gap]
    found = partition.implausible
    assert found[["patient_id", "value", "likely_cause"]].to_numpy().tolist() == [
        ["A0", 150_000.0, "looks like /uL"]
    ]
    assert cohort.patients["platelets_e9_per_l"][0] == 150_000.0


def test_plausible_limits_can_be_widened():
    cohort = make_cohort([{"platelets_e9_per_l": 2000.0}])
    assert reasons_of(draw(cohort, implausible="exclude")) == ["implausible values"]
    wider = {"platelets_e9_per_l": [2, 3000]}
    partition = draw(cohort, implausible="exclude", plausible_limits=wider)
    assert reasons_of(partition) == [None]
    assert partition.implausible.empty


def test_a_study_before_surgery_goes_before_a_nearer_one_after_it():
    cohort = make_cohort([{}, {"specimen": "biopsy"}])
    later = cohort.volumes.head(2).assign(study_date="2019-06-12")
    early = cohort.volumes.assign(study_date="2019-06-01")
    both = type(cohort)(cohort.folder, cohort.patients, pd.concat([early, later]))
    dates = draw(both).table.set_index("patient_id")["study_date"]
    assert (dates["A0"], dates["A1"]) == ("2019-06-01", "2019-06-12")
    free = draw(both, require_mri_before_surgery=False).table.set_index("patient_id")
    assert free.loc["A0", "study_date"] == "2019-06-12"


def test_stages_on_both_sides_of_the_label_have_a_reason_of_their_own():
    cohort = make_cohort([{"fibrosis_stage": "F3-F4"}, {"fibrosis_stage": None}])
    partition = draw(cohort)
    assert reasons_of(partition) == ["stages on both sides of the label", "no fibrosis stage"]
    # For significant fibrosis all 41 are on one side, so nothing can be learnt.
    with pytest.raises(ContractError, match="at least 2 groups of each class"):
        draw(cohort, label=LabelSettings(minimum_metavir_stage=2))


def test_a_missing_label_column_value_names_the_column():
    cohort = make_cohort([{"own": None}], own=1.0)
    cohort.patients.loc[cohort.patients.index % 2 == 0, "own"] = 0.0
    cohort.patients.loc[0, "own"] = float("nan")
    assert reasons_of(draw(cohort, label=LabelSettings(column="own"))) == ["no own"]


def test_the_flow_counts_everybody_by_rule_class_center_and_split():
    rows = [
        {"age_years": 10.0, "fibrosis_stage": "F1", "center": "2"},
        {"age_years": 10.0, "center": None},
        {"fibrosis_stage": None, "center": "2"},
    ]
    partition = draw(make_cohort(rows))
    flow = partition.flow.set_index("step")
    n = len(rows) + N_EXTRA
    assert flow.loc["in patients.csv", ["remaining", "excluded"]].tolist() == [n, 0]
    by_class = ["remaining_positive", "remaining_negative", "remaining_unlabelled"]
    assert flow.loc["in patients.csv", by_class].tolist() == [21, 21, 1]
    assert flow.loc["under age", by_class].tolist() == [20, 20, 0]
    assert flow.loc["training", ["kind", "remaining"]].tolist() == ["split", N_EXTRA]
    assert flow["excluded"].sum() == 3
    groups = partition.group_flow
    last = groups.groupby(["group", "level"]).last()["remaining"]
    assert last.to_dict() == {
        ("center", "1"): 40,
        ("center", "2"): 0,
        ("center", "unknown"): 0,
        ("class", "negative"): 20,
        ("class", "positive"): 20,
        ("class", "unlabelled"): 0,
    }
    for _, part in groups.groupby("group"):
        per_step = part.groupby("step", sort=False)["excluded"].sum()
        rules = partition.flow.query("kind != 'split'").set_index("step")["excluded"]
        assert per_step.to_dict() == rules.to_dict()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: EligibilitySettings(implausible="correct"), "one of ignore, exclude, missing"),
        (lambda: EligibilitySettings(plausible_limits={"inr": [2, 1]}), "limit for inr"),
        (lambda: LabelSettings(minimum_metavir_stage=5), "minimum_metavir_stage of 1 to 4"),
        (lambda: SplitSettings(seed=1, folds_by="centre"), "folds_by of draw or center"),
    ],
)
def test_wrong_settings_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
