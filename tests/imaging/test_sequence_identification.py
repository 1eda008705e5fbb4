"""The sequences of a study: by words, headers and time, never by guessing."""

from dataclasses import replace
from itertools import permutations

import pytest

from cirrhosis.contracts.series import PVP, SEQUENCES, T1, T2
from cirrhosis.imaging.sequence_identification import identify_sequences
from tests.imaging.made_series import (
    GE,
    PHILIPS,
    SIEMENS,
    T2_HEADERS,
    localiser,
    parts,
    series,
    t1,
    t2,
    timed,
)

VENDORS = {"siemens": SIEMENS, "ge": GE, "philips": PHILIPS}


def chosen(study):
    """Return what was chosen: sequence to series key."""
    return {one.sequence: one.series.key for one in identify_sequences(tuple(study)).choices}


def asked(study, sequence):
    (found,) = [
        one for one in identify_sequences(tuple(study)).ambiguous if one.sequence == sequence
    ]
    return found


def reason(study, sequence):
    (found,) = [one for one in identify_sequences(study).choices if one.sequence == sequence]
    return found.reason


@pytest.mark.parametrize(
    ("vendor", "numbers"),
    [
        ("siemens", {T1: "1.2.5", T2: "1.2.3", PVP: "1.2.7"}),
        ("ge", {T1: "1.2.4", T2: "1.2.3", PVP: "1.2.6/1"}),
        ("philips", {T1: "1.2.301", T2: "1.2.201", PVP: "1.2.501"}),
    ],
)
def test_the_three_sequences_of_a_vendor_are_found(vendor, numbers):
    assert chosen(VENDORS[vendor]) == numbers


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_order_of_the_series_does_not_matter(vendor):
    study = VENDORS[vendor]
    rotated = [study[shift:] + study[:shift] for shift in range(len(study))]
    assert {tuple(chosen(one).items()) for one in [*rotated, study[::-1]]} == {
        tuple(chosen(study).items())
    }


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("change", [str.upper, str.lower, lambda text: text.replace(" ", "_")])
def test_capitals_and_underscores_do_not_matter(vendor, change):
    study = tuple(replace(one, description=change(one.description)) for one in VENDORS[vendor])
    assert chosen(study) == chosen(VENDORS[vendor])


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_localiser_or_a_diffusion_series_more_does_not_matter(vendor):
    more = (localiser(9000), series(9001, "ep2d_diff_b50", n_slices=40, echo_time_ms=70.0))
    assert chosen(VENDORS[vendor] + more) == chosen(VENDORS[vendor])


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_headers_description_and_number_decide_alike(vendor):
    bare = tuple(
        replace(
            one, scanning_sequence=(), echo_time_ms=None, repetition_time_ms=None,
            flip_angle_deg=None, acquisition_s=None, orientation="", image_type=(),
        )
        for one in VENDORS[vendor]
    )  # fmt: skip
    assert chosen(bare) == chosen(VENDORS[vendor])
    assert "description and order only" in reason(bare, PVP)


def test_reasons_name_the_rule_and_the_numbers():
    assert reason(SIEMENS, T1).startswith("before contrast: description 't1_vibe_fs_tra_pre'")
    assert "TR 3.5 ms, TE 1.3 ms, flip 10 deg, 72 slices" in reason(SIEMENS, T1)
    assert "the family of the pvp" in reason(SIEMENS, T1)
    assert "starts 35 s after the first phase after contrast" in reason(GE, PVP)
    assert "'e-THRIVE 70s', 70 s" in reason(PHILIPS, PVP)


def dynamic(*after_s, **changes):
    return tuple(timed(10 + i, "ax dyn", at, **changes) for i, at in enumerate(after_s))


def test_a_bolus_time_settles_an_unnamed_group():
    noon = 43200.0
    study = dynamic(-90, -40, 22, 68, 95, 180, bolus_s=noon)
    assert chosen(study) == {T1: "1.2.11", PVP: "1.2.13"}
    assert "68 s after the start of the bolus" in reason(study, PVP)
    assert "acquired before the bolus" in reason(study, T1)


def test_a_bolus_time_without_a_volume_in_the_portal_window_is_refused():
    study = dynamic(-40, 22, 45, 110, 180, bolus_s=43200.0)
    assert T1 in chosen(study)
    assert PVP not in chosen(study)
    assert "55-100 s" in asked(study, PVP).reason


def test_four_unnamed_volumes_are_the_usual_group():
    assert chosen(dynamic(-60, 25, 60, 180)) == {T1: "1.2.10", PVP: "1.2.12"}


def test_four_unnamed_volumes_at_other_times_are_refused():
    study = dynamic(-60, 25, 180, 300)
    assert chosen(study) == {}
    assert {one.key for one in asked(study, PVP).candidates} == {
        "1.2.10",
        "1.2.11",
        "1.2.12",
        "1.2.13",
    }


@pytest.mark.parametrize("times", [(0,), (0, 60), (0, 60, 95), (-60, 0, 35, 70, 180)])
def test_other_unnamed_groups_are_refused_with_all_their_volumes(times):
    study = dynamic(*times)
    assert chosen(study) == {}
    assert len(asked(study, PVP).candidates) == len(asked(study, T1).candidates) == len(times)


def test_the_contrast_agent_in_headers_parts_a_group():
    agents = ["", "", "Gadovist", "Gadovist", "Gadovist"]
    study = [
        replace(one, contrast_agent=agent)
        for one, agent in zip(dynamic(-90, -60, 25, 60, 180), agents, strict=True)
    ]
    assert chosen(study) == {T1: "1.2.11", PVP: "1.2.13"}


@pytest.mark.parametrize("agents", [["G"] * 5, ["", "G", "", "G", "G"]])
def test_a_contrast_agent_that_does_not_part_the_group_says_nothing(agents):
    study = [
        replace(one, contrast_agent=agent)
        for one, agent in zip(dynamic(-90, -60, 25, 60, 180), agents, strict=True)
    ]
    assert chosen(study) == {}


@pytest.mark.parametrize(
    ("names", "is_found"),
    [
        (["ax dyn", "ax dyn post"], True),
        (["ax dyn", "ax dyn arterial"], True),
        (["ax dyn", "ax dyn delayed"], False),
        (["ax dyn", "ax dyn portal"], False),
        (["ax dyn", "ax dyn", "ax dyn post"], False),
    ],
)
def test_one_unnamed_volume_lies_before_contrast_if_an_early_phase_follows(names, is_found):
    study = [timed(10 + i, name, 35.0 * i) for i, name in enumerate(names)]
    assert (T1 in chosen(study)) is is_found


def test_a_volume_of_another_protocol_is_no_phase_of_the_group():
    other = timed(30, "ax dyn", 300, flip_angle_deg=70.0)
    assert chosen([*dynamic(-60, 25, 60, 180), other]) == {T1: "1.2.10", PVP: "1.2.12"}


def test_the_timing_of_the_bolus_parts_a_group():
    study = (*dynamic(-120, -90), series(30, "Test_Bolus", acquisition_s=43150.0), *(
        timed(40 + i, "ax dyn", at) for i, at in enumerate((25, 60, 180))
    ))  # fmt: skip
    assert chosen(study) == {T1: "1.2.11", PVP: "1.2.41"}


def test_the_timing_of_a_bolus_before_all_volumes_says_nothing():
    study = (series(5, "Test_Bolus", acquisition_s=43000.0), *dynamic(0, 35, 180))
    assert chosen(study) == {}


def test_a_volume_reconstructed_twice_counts_once():
    study = dynamic(-60, 25, 60, 180)
    copies = tuple(
        replace(one, key=f"{one.key}0", series_uid=f"{one.key}0", series_number=50 + i)
        for i, one in enumerate(study)
    )
    assert chosen(study + copies) == {T1: "1.2.100", PVP: "1.2.120"}


@pytest.mark.parametrize(("agent", "is_found"), [("Primovist", False), ("Gadovist", True)])
def test_with_gadoxetate_nothing_after_two_minutes_is_portal_venous(agent, is_found):
    noon = 43200.0
    study = (
        timed(5, "vibe pre", -60, bolus_s=noon),
        timed(6, "vibe arterial", 25, bolus_s=noon, contrast_agent=agent),
        timed(7, "vibe venous", 150, bolus_s=noon, contrast_agent=agent),
    )
    assert (PVP in chosen(study)) is is_found
    if not is_found:
        assert "gadoxetate" in asked(study, PVP).reason


def test_gadoxetate_is_judged_by_the_first_phase_without_a_bolus_time():
    study = (
        timed(6, "vibe arterial", 25, contrast_agent="Eovist"),
        timed(7, "vibe venous", 150, contrast_agent="Eovist"),
    )
    assert PVP not in chosen(study)


@pytest.mark.parametrize(
    "description", ["vibe hepatobiliary 20 min", "vibe equilibrium", "LAVA 5 MIN DELAY", "late"]
)
def test_late_phases_are_never_portal_venous(description):
    assert chosen([t1(5, "vibe pre"), t1(6, description)]) == {T1: "1.2.5"}


@pytest.mark.parametrize(
    "change",
    [
        {"image_type": ("DERIVED", "PRIMARY", "M", "SUB")},
        {"image_type": ("DERIVED", "SECONDARY", "MIP")},
        {"image_type": ("DERIVED", "SECONDARY")},
        {"description": "t1_vibe_fs_tra_portovenous_SUB"},
        {"description": "t1_vibe_fs_tra_portovenous MPR"},
        {"orientation": "coronal"},
        {"n_slices": 12},
        {"echo_time_ms": 80.0},
        {"scanning_sequence": ("SE",)},
    ],
)
def test_headers_and_words_veto_a_portal_venous_name(change):
    study = [replace(one, **change) if one.series_number == 7 else one for one in SIEMENS]
    assert PVP not in chosen(study)


@pytest.mark.parametrize(
    "change",
    [
        {"echo_time_ms": 20.0},
        {"echo_time_ms": 600.0},
        {"scanning_sequence": ("GR",)},
        {"scanning_sequence": ("SE", "EP")},
        {"orientation": "coronal"},
        {"description": "T2_TSE_COR"},
        {"description": "ax T2* map"},
        {"description": "t2 trufi ax"},
        {"n_slices": 5},
    ],
)
def test_headers_and_words_veto_a_t2_name(change):
    assert chosen([replace(t2(3, "t2_tse_fs_tra"), **change)]) == {}


def test_water_images_are_computed_and_wanted_but_fat_and_phases_are_not():
    kinds = ("WATER", "FAT", "IN_PHASE", "OUT_PHASE")
    study = [
        t1(4 + i, "LAVA flex pre", image_type=("DERIVED", "PRIMARY", "DIXON", kind))
        for i, kind in enumerate(kinds)
    ]
    assert chosen(study) == {T1: "1.2.4"}
    assert chosen(study[1:]) == {}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (t2(3, "T2 TSE FS ax"), t2(4, "T2 TSE ax")),
        (t2(3, "T2 TSE ax"), t2(4, "T2 HASTE ax")),
        (t2(3, "T2 TSE FS ax"), t2(4, "STIR ax")),
        (t2(3, "T2 FSE ax", n_slices=40), t2(4, "T2 FRFSE ax")),
        (t2(4, "T2 TSE FS ax"), t2(3, "T2 TSE FS ax")),
        (t2(3, "T2 TSE ax", scan_options=("FS",)), t2(4, "T2 TSE ax")),
        (t1(3, "LAVA pre"), t1(4, "SPGR pre", n_slices=90, flip_angle_deg=70.0)),
        (t1(4, "LAVA pre"), t1(3, "LAVA pre")),
    ],
)
def test_the_better_of_two_right_volumes_is_taken(better, worse):
    for study in permutations((better, worse)):
        assert list(chosen(study).values()) == [better.key]


def test_stacks_of_one_name_and_different_size_are_refused():
    study = [t2(3, "ax t2"), t2(4, "ax t2", n_slices=20)]
    assert chosen(study) == {}
    assert "32, 20 slices share one description" in asked(study, T2).reason


def test_before_contrast_the_family_of_the_portal_volume_goes_first():
    other = t1(9, "t1_vibe_fs_tra_pre", repetition_time_ms=5.0, n_slices=90)
    assert chosen([*SIEMENS, other])[T1] == "1.2.5"


def test_a_description_that_names_two_moments_of_one_volume_is_refused():
    names = ["flash pre", "flash post", "flash 20s 70s", "flash post"]
    study = [t1(3 + i, name) for i, name in enumerate(names)]
    assert chosen(study) == {T1: "1.2.3"}
    clear = [*study[:2], replace(study[2], description="flash post"), study[3]]
    assert chosen(clear) == {T1: "1.2.3", PVP: "1.2.5"}


def test_phases_after_contrast_of_which_none_is_in_the_portal_window_are_refused():
    posts = parts(t1(4, "LAVA post"), [240.0, 360.0, 500.0])
    study = [t1(3, "LAVA pre"), *posts]
    assert chosen(study) == {T1: "1.2.3"}
    assert "55-100 s" in asked(study, PVP).reason


def test_seconds_of_a_breath_hold_do_not_make_a_phase_of_a_volume_before_contrast():
    assert chosen([t1(3, "vibe pre 20s"), t1(4, "vibe portal 20s")]) == {T1: "1.2.3", PVP: "1.2.4"}


def test_a_series_of_two_named_moments_has_them_in_order():
    two = parts(t1(4, "20SEC/1MIN POST LAVA"), [240.0, 280.0])
    assert chosen([t1(3, "LAVA"), *two]) == {T1: "1.2.3", PVP: "1.2.4/1"}


def test_a_series_before_and_after_contrast_is_taken_apart():
    four = parts(t1(4, "LAVA pre & post"), [None] * 4)
    assert chosen(four) == {T1: "1.2.4/0", PVP: "1.2.4/2"}


def test_headers_alone_can_name_a_sequence():
    study = [t2(3, "series 3"), t1(4, "series 4"), t1(5, "series 5", sequence_variant=("SS",))]
    assert chosen(study) == {T2: "1.2.3"}
    assert "headers alone" in reason(tuple(study), T2)
    assert [one.key for one in asked(study, T1).candidates] == ["1.2.4"]


def test_the_protocol_speaks_where_the_description_is_silent():
    study = [t2(3, "series 3", protocol="T2 TSE FS"), t1(4, "series 4", protocol="LAVA pre")]
    assert chosen(study) == {T1: "1.2.4", T2: "1.2.3"}


@pytest.mark.parametrize(
    ("name", "is_found"),
    [("MRI ABDOMEN W/O", True), ("MRI Abd wo&w", False), ("MR ABDOMEN", False), ("", False)],
)
def test_a_study_without_contrast_has_its_t1_before_contrast(name, is_found):
    assert (T1 in chosen([t1(4, "AX LAVA", study_description=name)])) is is_found


def test_an_empty_study_asks_for_everything_without_candidates():
    identified = identify_sequences(())
    assert identified.choices == ()
    assert [one.sequence for one in identified.ambiguous] == list(SEQUENCES)
    assert not any(one.candidates for one in identified.ambiguous)


def test_two_echoes_of_t2_are_told_apart_by_their_echo_times():
    named = [t2(3, "HASTE dual echo ax"), t2(4, "HASTE dual echo ax", echo_time_ms=300.0)]
    assert chosen(named) == {T2: "1.2.3"}
    unknown = [t2(3, "HASTE dual echo ax", **(T2_HEADERS | {"echo_time_ms": None}))]
    assert "two echoes" in asked(unknown, T2).reason


def test_an_unnamed_plane_of_t2_counts_beside_an_axial_volume_of_as_many_slices():
    unnamed = t2(3, "frfse breath hold", orientation="")
    axial = t1(4, "ax spgr", n_slices=32, orientation="")
    assert chosen([unnamed]) == {}
    assert chosen([unnamed, axial]) == {T2: "1.2.3"}
