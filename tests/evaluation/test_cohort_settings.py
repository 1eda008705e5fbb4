"""Settings of the tables about patients: one truth, refused nonsense."""

from pathlib import Path

import pytest
import yaml

from cirrhosis.commands.configuration import CONF, build_settings
from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.cohort_settings import CohortSettings


def read_section():
    return yaml.safe_load((Path(CONF) / "evaluation" / "default.yaml").read_text())["cohort"]


def test_the_configuration_shows_every_setting_at_its_default():
    assert build_settings(CohortSettings, read_section(), "evaluation.cohort") == CohortSettings()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"share_method": "wald"}, "share_method to be one of"),
        ({"limit_days": 0}, "limit_days above 0"),
        ({"shift": {"central_share": 95}}, "central_share in"),
        ({"shift": {"n_folds": 1}}, "n_folds of at least 2"),
        ({"baseline": {"column": []}}, "'column' is not one of them"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_rule(change, rule):
    with pytest.raises(ContractError, match=rule):
        build_settings(CohortSettings, change, "evaluation.cohort")
