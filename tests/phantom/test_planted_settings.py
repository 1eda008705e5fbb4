"""Settings of a planted cohort: what is refused, and what a folder must agree on."""

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.phantom.planted_settings import PlantedSettings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extent": "half"}, "expected extent to be one of whole, local, but got 'half'"),
        ({"control": "none"}, "expected control to be one of planted, sham_vs_untouched"),
        ({"strength": 1.6}, r"expected strength between 0 and 1\.5, but got 1\.6"),
        ({"strength": float("nan")}, r"expected strength between 0 and 1\.5, but got nan"),
        ({"n_positive": 0}, "expected n_positive between 1 and 100, but got 0"),
        ({"n_negative": 1.5}, r"expected n_negative to be whole, but got 1\.5"),
        ({"gamma": 0.5}, r"expected gamma between 1 and 2, but got 0\.5"),
    ],
)
def test_settings_without_a_meaning_are_refused(change, message):
    with pytest.raises(ContractError, match=message):
        PlantedSettings(source="anywhere", seed=1, **change)


def test_stamp_knows_the_content_of_the_source_and_not_its_place():
    here, there = (PlantedSettings(source=place, seed=1) for place in ("here", "there"))
    assert here.stamp("a") == there.stamp("a")
    assert here.stamp("a") != here.stamp("b")
    assert here.stamp("a")["seed"] == 1
