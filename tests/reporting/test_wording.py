"""Sentences of page and terminal."""

import pytest

from cirrhosis.reporting.wording import describe_level, describe_protocol, describe_rule


def test_mixed_protocols_are_both_described() -> None:
    text = describe_protocol("nested+fixed_epochs")
    assert text.startswith("Nested.")
    assert "Fixed number of epochs." in text


def test_unknown_words_keep_their_name() -> None:
    assert describe_protocol("new") == "new."
    assert describe_rule("new") == "new"


@pytest.mark.parametrize(("level", "text"), [(0.95, "95 %"), (0.9, "90 %"), (0.975, "97.5 %")])
def test_the_level_is_the_one_of_the_evaluation(level: float, text: str) -> None:
    assert describe_level({"confidence_level": level}) == text
