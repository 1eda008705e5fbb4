"""One complete results folder, copied for tests that change it."""

from pathlib import Path

import pytest

from tests.reporting.made_results import copy_results, make_results


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results that no test changes."""
    return make_results(tmp_path_factory.mktemp("whole") / "made" / "small")


@pytest.fixture
def results(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return copy_results(whole, tmp_path / "made" / "small")
