"""Fibrosis schemes and the label they give."""

import pytest

from cirrhosis.clinical.fibrosis import (
    METAVIR_EQUIVALENTS,
    is_cirrhosis,
    metavir_range,
    metavir_stage,
    reaches_stage,
)


@pytest.mark.parametrize(
    ("scheme", "stage", "expected"),
    [
        ("beijing", "S4", True),
        ("beijing", "S3", False),
        ("scheuer", "4", True),
        ("metavir", "F4", True),
        ("metavir", "f3", False),
        ("ishak", "6", True),
        ("ishak", "5", True),
        ("ishak", "4", False),
        ("nash_crn", "1c", False),
        ("nash_crn", "4", True),
        ("batts_ludwig", 4.0, True),
        ("laennec", "F4A", True),
        ("laennec", "4C", True),
        ("Laennec ", " 3", False),
        ("brunt", "4", True),
        ("ludwig_pbc", "4", True),
        ("ludwig_pbc", "3", False),
        ("ishak", "3,4", False),
        ("ishak", "5-6", True),
        ("laennec", "F4A-4B", True),
    ],
)
def test_cirrhosis_by_scheme(scheme, stage, expected):
    assert is_cirrhosis(scheme, stage) is expected


def test_ishak_five_is_a_setting():
    assert not is_cirrhosis("ishak", "F5", ishak_5_is_cirrhosis=False)
    assert is_cirrhosis("ishak", "F6", ishak_5_is_cirrhosis=False)
    assert metavir_stage("ishak", "5", ishak_5_is_cirrhosis=False) == 3


def test_ishak_maps_onto_metavir():
    found = [metavir_stage("ishak", str(stage)) for stage in range(7)]
    assert found == [0, 1, 1, 2, 3, 4, 4]


def test_unknown_schemes_and_stages_list_the_known_ones():
    with pytest.raises(ValueError, match=r"beijing, scheuer, metavir, ishak.*'knodell'"):
        is_cirrhosis("knodell", "4")
    with pytest.raises(ValueError, match=r"metavir among 0, 1, 2, 3, 4 .*'F5'"):
        is_cirrhosis("metavir", "F5")
    with pytest.raises(ValueError, match="laennec among"):
        metavir_stage("laennec", "")


@pytest.mark.parametrize("scheme", METAVIR_EQUIVALENTS)
def test_stages_never_fall_as_fibrosis_grows(scheme):
    stages = [metavir_stage(scheme, stage) for stage in sorted(METAVIR_EQUIVALENTS[scheme])]
    assert stages == sorted(stages)
    assert (stages[0], stages[-1]) == (1 if scheme == "ludwig_pbc" else 0, 4)


@pytest.mark.parametrize(
    ("scheme", "stage", "expected"),
    [
        ("metavir", "F3-F4", (3, 4)),
        ("metavir", "f0/1", (0, 1)),
        ("ishak", "3 , 4", (2, 3)),
        ("ishak", "1,2", (1, 1)),
        ("beijing", "S2\u2013S3", (2, 3)),
        ("beijing", "S2", (2, 2)),
    ],
)
def test_two_stages_span_a_range(scheme, stage, expected):
    assert metavir_range(scheme, stage) == expected


def test_a_range_has_a_label_only_where_its_ends_agree():
    found = [reaches_stage("metavir", "F2-F3", minimum) for minimum in (1, 2, 3, 4)]
    assert found == [True, True, None, False]
    assert reaches_stage("ishak", "5-6", 4, ishak_5_is_cirrhosis=False) is None
    with pytest.raises(ValueError, match="on one side of cirrhosis, but 'F3-F4'"):
        is_cirrhosis("metavir", "F3-F4")
    with pytest.raises(ValueError, match="'3,4' of ishak is 2 or 3"):
        metavir_stage("ishak", "3,4")
    with pytest.raises(ValueError, match="two such as 3-4"):
        metavir_range("metavir", "1-2-3")
