"""A run is told apart by what its weights hold, not by where they lie."""

import re

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.weights import identify_model


def test_identity_of_weights_is_their_content_and_not_their_place(tmp_path):
    for name, text in (("a.pth", "one"), ("b.pth", "one"), ("c.pth", "two")):
        (tmp_path / name).write_text(text)
    a, b, c = (
        identify_model({"backbone": "resnet18", "weights": str(tmp_path / name)})
        for name in ("a.pth", "b.pth", "c.pth")
    )
    assert a == b != c
    assert a["backbone"] == "resnet18"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", a["weights"])


@pytest.mark.parametrize("settings", [{"weights": None, "dropout": 0.3}, {"dropout": 0.3}])
def test_model_without_weights_keeps_its_settings(settings):
    assert identify_model(settings) == settings


def test_absent_weights_are_refused_before_a_run_starts(tmp_path):
    settings = {"backbone": "resnet50", "weights": str(tmp_path / "none.pth")}
    with pytest.raises(ContractError, match=r"no file. .*get_model_weights\('resnet50'\)"):
        identify_model(settings)
