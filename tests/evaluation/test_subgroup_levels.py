"""How columns become levels: by hand, cell by cell."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.subgroup_levels import assign_levels
from cirrhosis.evaluation.subgroup_settings import SubgroupSettings, SubgroupVariable


def make_facts(**columns):
    n = len(next(iter(columns.values())))
    index = pd.Index([f"P{at}" for at in range(n)], dtype="string", name="patient_id")
    fixed = {"split": "training", "excluded_for": pd.Series(pd.NA, index=index, dtype="string")}
    return pd.DataFrame({**columns}, index=index).assign(**fixed)


def levels_of(facts, variable, **options):
    levels = assign_levels(facts, variable, **options)
    return [None if pd.isna(one) else one for one in levels.of_patient], levels.order


def test_a_value_at_a_cut_point_lies_below_it():
    facts = make_facts(bmi_kg_per_m2=[24.9, 25.0, 25.1, np.nan])
    found = levels_of(facts, SubgroupVariable("bmi_kg_per_m2", kind="numeric", cuts=(25.0,)))
    assert found == (["<=25", "<=25", ">25", None], ("<=25", ">25"))


def test_lesions_have_a_level_for_none_and_a_missing_size_stays_missing():
    facts = make_facts(
        largest_lesion_cm=[np.nan, 2.0, 2.1, 5.0, 5.1, np.nan, 0.0, np.nan, 3.0],
        lesion_count=[0, 1, 1, 2, 1, 1, 0, np.nan, 0],
    )
    variable = SubgroupVariable(
        "largest_lesion_cm", kind="numeric", cuts=(2.0, 5.0), absent_column="lesion_count"
    )
    middle = ">2 to <=5"
    assert levels_of(facts, variable) == (
        # A measured lesion counts, whatever the number says.
        ["none", "<=2", middle, middle, ">5", None, "none", None, middle],
        ("none", "<=2", middle, ">5"),
    )


def test_a_cell_with_several_values_belongs_to_one_level_only():
    facts = make_facts(etiology=["hbv", "HBV; hcv", "hcv;hbv", "alcohol", "unknown", None, "hcv"])
    one = SubgroupVariable("etiology", kind="multiple", values=("hbv",), missing_words=("unknown",))
    assert levels_of(facts, one) == (
        ["hbv", "hbv", "hbv", "other", None, None, "other"],
        ("hbv", "other"),
    )
    two = SubgroupVariable("etiology", kind="multiple", values=("hbv", "hcv"))
    assert levels_of(facts, two) == (
        ["hbv", "hbv+hcv", "hbv+hcv", "other", "other", None, "hcv"],
        ("hbv", "hcv", "hbv+hcv", "other"),
    )


def test_numbers_taken_as_they_are_lose_their_zeros_and_sort_by_size():
    facts = make_facts(field_strength_t=[3.0, 1.5, np.nan, 10.0])
    assert levels_of(facts, SubgroupVariable("field_strength_t")) == (
        ["3", "1.5", None, "10"],
        ("1.5", "3", "10"),
    )


def test_quantiles_come_from_training_patients_who_take_part():
    facts = make_facts(age_years=[10.0, 20.0, 30.0, 40.0, 1000.0, 2000.0])
    facts["split"] = ["training"] * 4 + ["external", "training"]
    facts.loc["P5", "excluded_for"] = "too old"
    found = levels_of(facts, SubgroupVariable("age_years", kind="numeric", quantiles=2))
    assert found == (["<=25", "<=25", ">25", ">25", ">25", ">25"], ("<=25", ">25"))


def test_levels_that_only_excluded_patients_have_are_not_listed():
    facts = make_facts(sex=["male", "female", "male"])
    facts.loc["P1", "excluded_for"] = "no image"
    assert assign_levels(facts, SubgroupVariable("sex")).order == ("male",)


def test_a_column_of_the_contract_may_be_absent_and_any_other_may_not():
    facts = make_facts(sex=["male", "female"])
    levels = assign_levels(facts, SubgroupVariable("bmi_kg_per_m2", kind="numeric", cuts=(25.0,)))
    assert levels.order == ()
    assert levels.of_patient.isna().all()
    assert levels.reason == "the clinical table has no column 'bmi_kg_per_m2'"
    with pytest.raises(ContractError, match=r"'wards' in patients\.csv, which has 'sex'"):
        assign_levels(facts, SubgroupVariable("wards"))


def test_words_in_a_numeric_column_and_too_many_levels_are_refused():
    facts = make_facts(score=["1", "two", "3"], code=["a", "b", "c"])
    with pytest.raises(ContractError, match="1 patients hold something else: 'P1'"):
        assign_levels(facts, SubgroupVariable("score", kind="numeric", cuts=(2.0,)))
    with pytest.raises(ContractError, match="at most 2 levels of 'code', but it has 3"):
        assign_levels(facts, SubgroupVariable("code"), maximum_levels=2)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"kind": "ordinal"}, "to be one of categorical, numeric, multiple"),
        ({"kind": "multiple"}, "values that make levels"),
        ({"kind": "numeric"}, "either cuts or quantiles"),
        ({"kind": "numeric", "cuts": (1.0,), "quantiles": 3}, "either cuts or quantiles"),
        ({"kind": "numeric", "cuts": (2.0, 1.0)}, "ascending cuts"),
        ({"kind": "numeric", "quantiles": 1}, "2 or more quantiles"),
    ],
)
def test_a_variable_that_gives_no_levels_is_refused(options, text):
    with pytest.raises(ValueError, match=text):
        SubgroupVariable("age_years", **options)


def test_a_variable_may_stand_twice_only_under_two_names():
    with pytest.raises(ValueError, match="found sex several times"):
        SubgroupSettings(columns=("sex",))
    with pytest.raises(ValueError, match="one of t, normal"):
        SubgroupSettings(unpaired_reference="z")
    both = (
        SubgroupVariable("age_years", kind="numeric", cuts=(60.0,)),
        SubgroupVariable("age_years", kind="numeric", quantiles=3, name="age_thirds"),
    )
    assert len(SubgroupSettings(variables=both).all_variables) == 2
