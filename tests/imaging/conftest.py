"""One prepared cohort that the tests of this folder share."""

import pytest

from tests.imaging.made_cohort import make_cohort, make_splits, prepare


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folder of a prepared cohort, and what prepare said; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("made")
    make_cohort(folder)
    make_splits(folder / "splits.csv")
    return folder, prepare(folder, "store")
