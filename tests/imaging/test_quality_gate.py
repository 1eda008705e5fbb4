from dataclasses import fields, replace

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.quality_gate import decide, find_breaches
from cirrhosis.imaging.quality_settings import Limit, QualitySettings

GOOD = {
    "liver_ml": 1500.0,
    "n_liver_slices": 25,
    "area_jump": 0.3,
    "repeated_slices": 0,
    "outside_share": 0.0,
    "clipped_share": 0.002,
    "liver_dice": 0.9,
    "information_after": 0.2,
    "registration_flags": 0,
    "liver_flags": 0,
}


LIMITS = QualitySettings()


def judge(settings=LIMITS, **changed):
    found = find_breaches(GOOD | changed, settings)
    return decide(found), [one.reason for one in found]


def test_a_good_patient_is_kept():
    assert judge() == ("keep", [])


def test_every_limit_is_about_a_measure():
    assert {measure for measure, _ in QualitySettings().by_measure()} == set(GOOD)


@pytest.mark.parametrize(
    ("measure", "value", "decision", "reason"),
    [
        ("liver_ml", 599.0, "flag", "599 is below 600"),
        ("liver_ml", 4001.0, "flag", "4001 is above 4000"),
        ("liver_ml", 149.0, "exclude", "149 is below 150"),
        ("n_liver_slices", 7, "flag", "7 is below 8"),
        ("area_jump", 0.41, "flag", "0.41 is above 0.4"),
        ("repeated_slices", 1, "flag", "1 is above 0"),
        ("outside_share", 0.03, "flag", "0.03 is above 0.02"),
        ("outside_share", 0.51, "exclude", "0.51 is above 0.5"),
        ("clipped_share", 0.02, "flag", "0.02 is above 0.01"),
        ("liver_dice", 0.6, "flag", "0.6 is below 0.7"),
        ("registration_flags", 1, "flag", "1 is above 0"),
        ("liver_flags", 2, "flag", "2 is above 0"),
    ],
)
def test_a_measure_outside_its_limit_decides(measure, value, decision, reason):
    # A measure outside both of its limits is named once, by the graver one.
    assert judge(**{measure: value}) == (decision, [f"{measure} {reason}"])


@pytest.mark.parametrize("value", [600.0, 4000.0])
def test_the_bounds_themselves_are_inside(value):
    assert judge(liver_ml=value) == ("keep", [])


def test_the_gravest_decision_counts():
    decision, reasons = judge(liver_dice=0.1, outside_share=0.9)
    assert (decision, len(reasons)) == ("exclude", 2)


def test_what_is_undefined_breaks_no_limit():
    assert judge(liver_dice=None, outside_share=None) == ("keep", [])


def test_limits_decide_what_they_are_told():
    everything = {one.name: replace(getattr(LIMITS, one.name), decides="keep")
                  for one in fields(LIMITS)}  # fmt: skip
    assert judge(QualitySettings(**everything), liver_ml=1.0) == ("keep", [])
    strict = replace(LIMITS, liver_dice=Limit(0.95, None, "exclude"))
    assert judge(strict) == ("exclude", ["liver_dice 0.9 is below 0.95"])


def test_unknown_words_and_crossed_bounds_are_refused():
    with pytest.raises(ContractError, match="one of keep, flag, exclude, but got 'drop'"):
        Limit(decides="drop")
    with pytest.raises(ContractError, match="low is at most its high"):
        Limit(2, 1)
