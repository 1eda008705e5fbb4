"""Leave-one-centre-out: every fold is a centre that the others' models never saw."""

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first

SMALL_CENTERS = ("merge", "refuse")


@dataclass(frozen=True)
class CenterFoldSettings:
    """When a centre is large enough to be a fold; the article draws no such folds.

    Attributes:
        minimum_per_class: Groups (patients, where there are no groups) of each class that a
            centre needs; with fewer its area under the curve says next to nothing.
        small_centers: `merge`: centres below the minimum become one fold together, which takes
            in the smallest sufficient centre if they are too few even so. `refuse`: an error.
    """

    minimum_per_class: int = 5
    small_centers: str = "merge"

    def __post_init__(self) -> None:
        """Refuse an unknown word and a minimum that leaves a class out."""
        if self.small_centers not in SMALL_CENTERS:
            raise ValueError(
                f"expected small_centers to be one of {', '.join(SMALL_CENTERS)},"
                f" got '{self.small_centers}'"
            )
        if self.minimum_per_class < 1:
            raise ValueError(
                f"expected minimum_per_class of 1 or more, got {self.minimum_per_class}"
            )


class CenterFolds(NamedTuple):
    """Folds that are centres.

    Attributes:
        folds: Fold of each patient.
        names: One row per fold: `fold`, `centers` (joined by `+`), `n`, `n_positive`,
            `n_from_elsewhere`: patients of another centre who came with their group.
    """

    folds: pd.Series
    names: pd.DataFrame


def fold_by_center(
    targets: pd.Series, groups: pd.Series, centers: pd.Series, settings: CenterFoldSettings
) -> CenterFolds:
    """Return one fold per centre, in the order of their names, groups kept together.

    A group with patients of several centres stands whole where most of them are, and where
    that is even in the centre whose name comes first.

    Args:
        targets: Class of each patient, 0 or 1.
        groups: What may not be split apart, same index.
        centers: Centre of each patient, same index, none missing.
        settings: What makes a centre large enough.

    Raises:
        ContractError: If fewer than two folds hold both classes, or a centre is too small
            and `small_centers` refuses.
    """
    homes = _home_centers(groups, centers)
    counts = _count_groups(targets, groups, homes)
    merged = _merge_small(counts, settings)
    if len(merged) < 2:
        raise ContractError(
            f"expected at least two centres with {settings.minimum_per_class} groups of each class"
            f" to leave one out, but found {_describe(counts)}; lower"
            " `split.center_folds.minimum_per_class`, or use `split=cross_validation`"
        )
    fold_of = {center: fold for fold, names in enumerate(merged) for center in names}
    folds = homes.map(fold_of).astype("Int64")
    moved = homes != centers
    rows = [
        {
            "fold": fold,
            "centers": "+".join(names),
            "n": int((folds == fold).sum()),
            "n_positive": int(targets[folds == fold].sum()),
            "n_from_elsewhere": int((moved & (folds == fold) & ~centers.isin(names)).sum()),
        }
        for fold, names in enumerate(merged)
    ]
    return CenterFolds(folds, pd.DataFrame(rows))


def _home_centers(groups: pd.Series, centers: pd.Series) -> pd.Series:
    counts = pd.DataFrame({"group": groups, "center": centers}).value_counts().reset_index()
    ordered = counts.sort_values(["group", "count", "center"], ascending=[True, False, True])
    homes = ordered.drop_duplicates("group").set_index("group")["center"]
    return groups.map(homes)


def _count_groups(targets: pd.Series, groups: pd.Series, homes: pd.Series) -> pd.DataFrame:
    """Return the number of groups with negatives and with positives, by centre."""
    known = pd.DataFrame({"center": homes, "target": targets.astype(int), "group": groups})
    counts = known.groupby(["center", "target"])["group"].nunique().unstack(fill_value=0)
    return counts.reindex(columns=[0, 1], fill_value=0)


def _merge_small(counts: pd.DataFrame, settings: CenterFoldSettings) -> list[list[str]]:
    is_enough = (counts >= settings.minimum_per_class).all(axis=1)
    enough = counts[is_enough]
    small = [str(name) for name in counts.index[~is_enough]]
    if small and settings.small_centers == "refuse":
        raise ContractError(
            f"expected {settings.minimum_per_class} groups of each class in every centre, but"
            f" {len(small)} centres have fewer: {_describe(counts.loc[small])}; lower"
            " `split.center_folds.minimum_per_class`, or set"
            " `split.center_folds.small_centers=merge`"
        )
    alone = enough.sum(axis=1).sort_values(kind="stable").index.astype(str).tolist()
    pool = counts.loc[small].sum()
    while small and alone and (pool < settings.minimum_per_class).any():
        pool = pool + counts.loc[alone[0]]
        small.append(alone.pop(0))
    return sorted([[name] for name in alone] + ([sorted(small)] if small else []))


def _describe(counts: pd.DataFrame) -> str:
    return first(
        f"{center}: {int(row[0])} negative, {int(row[1])} positive"
        for center, row in counts.iterrows()
    )
