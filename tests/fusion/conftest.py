"""A small cohort, settings with few trees, and their fusion."""

import pytest

from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse
from tests.fusion.made_cohort import make_cohort


@pytest.fixture
def cohort():
    return make_cohort()


@pytest.fixture(scope="session")
def settings():
    """One point of the grid and few trees: what is tested does not depend on them."""
    return FusionSettings(
        selection_trees=6,
        n_estimators=(12,),
        max_depth=(4,),
        min_samples_leaf=(2,),
        inner_folds=2,
        permutation_repeats=3,
    )


@pytest.fixture(scope="session")
def result(settings):
    """The fusion of the small cohort; not to be changed by tests."""
    cnn, patients = make_cohort()
    return fuse(cnn, patients, settings=settings, seed=3)
