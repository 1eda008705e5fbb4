"""Fibrosis schemes and the label they give."""

import pytest

from cirrhosis.clinical.fibrosis import METAVIR_EQUIVALENTS, is_cirrhosis, metavir_stage


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
    assert (stages[0], stages[-1]) == (0, 4)
