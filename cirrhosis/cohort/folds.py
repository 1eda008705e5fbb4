"""Draws stratified parts that never split a group apart."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.randomness import seed_of


def draw_folds(targets: pd.Series, groups: pd.Series, *, n_folds: int, seed: int) -> pd.Series:
    """Return the fold of each patient, classes spread evenly, groups kept together.

    Groups are shuffled by us and dealt greedily by scikit-learn without its own shuffling,
    which did not stratify before scikit-learn 1.8 (pull request 32540).

    Args:
        targets: Class of each patient, 0 or 1.
        groups: What may not be split apart, same index.
        n_folds: Number of parts.
        seed: Same seed, same folds.

    Raises:
        ContractError: If a class has fewer groups than there are folds.
    """
    fewest = min(groups[targets == label].nunique() for label in (0, 1))
    if fewest < n_folds:
        raise ContractError(
            f"expected at least {n_folds} groups of each class for {n_folds} folds, but the rarer"
            f" class has {fewest}; lower `split.n_folds` or add patients"
        )
    # The dealer takes groups in the order of their names, so ours are shuffled numbers.
    names = sorted(groups.unique())
    numbers = np.random.default_rng(seed_of(seed, "folds", n_folds)).permutation(len(names))
    codes = groups.map(dict(zip(names, numbers.tolist(), strict=True))).to_numpy()
    labels = targets.to_numpy(dtype=int)
    folds = np.empty(len(targets), dtype=int)
    dealer = StratifiedGroupKFold(n_splits=n_folds, shuffle=False)
    for fold, (_, rows) in enumerate(dealer.split(labels, labels, codes)):
        folds[rows] = fold
    return pd.Series(folds, index=targets.index, dtype="Int64")
