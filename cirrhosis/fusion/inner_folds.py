"""Inner folds: how the fitting rows of a fold are split again for choices made inside it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from cirrhosis.contracts.errors import ContractError

Labels = NDArray[np.int64]
Rows = NDArray[np.intp]


def split_inner(
    y_true: Labels, groups: pd.Series, *, n_folds: int, random_state: int
) -> Iterator[tuple[Rows, Rows]]:
    """Yield fitting and checking positions of each inner fold, stratified, groups whole.

    Raises:
        ContractError: If a class has fewer groups than two inner folds need.
    """
    rarer = min(groups[y_true == label].nunique() for label in (0, 1))
    if rarer < 2:
        raise ContractError(
            "expected at least two patients (or groups) of each class among a fold's fitting"
            f" rows, found {rarer} of the rarer class; use more patients or fewer folds"
        )
    kind = StratifiedKFold if groups.is_unique else StratifiedGroupKFold
    splitter = kind(n_splits=min(n_folds, rarer), shuffle=True, random_state=random_state)
    of_groups = None if groups.is_unique else groups
    for fit, check in splitter.split(np.zeros(len(y_true)), y_true, of_groups):
        # Large groups can leave one class for fitting; such a split says nothing.
        if len(np.unique(y_true[fit])) == 2:
            yield fit, check
