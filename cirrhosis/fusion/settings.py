"""What of the fusion is a choice. The article leaves the grid and the selection open."""

from dataclasses import dataclass

# The article's ten inputs without the CNN's probability.
PREDICTORS = (
    "age_years",
    "platelets_e9_per_l",
    "total_bilirubin_umol_per_l",
    "albumin_g_per_l",
    "ast_u_per_l",
    "alt_u_per_l",
    "alp_u_per_l",
    "ggt_u_per_l",
    "inr",
)
MISSING = ("exclude", "impute")


@dataclass(frozen=True)
class FusionSettings:
    """Choices of the fusion; tuples are the axes of the grid.

    Attributes:
        predictors: Columns of `patients.csv` that the forest may use beside the CNN.
        missing: `exclude` leaves patients with a gap out of every model, as the article
            did; `impute` fills gaps with the median of the fold's fitting rows.
        vif_limit: Largest variance inflation factor that is kept.
        selection_trees: Trees of the forest that ranks variables.
        selection_threshold: Gini importance that a variable needs, in the words of
            scikit-learn's SelectFromModel. Not stated in the article.
        n_estimators: Trees of the forest.
        max_depth: Depth of a tree; None has no limit.
        min_samples_leaf: Patients in a leaf.
        max_features: Share of variables tried per split.
        class_weight: `balanced` or None.
        inner_folds: Folds of the cross-validation that chooses the point of the grid.
        permutation_repeats: Shuffles per variable for its permutation importance.
    """

    predictors: tuple[str, ...] = PREDICTORS
    missing: str = "exclude"
    vif_limit: float = 5.0
    selection_trees: int = 100
    selection_threshold: str | float = "0.25*mean"
    n_estimators: tuple[int, ...] = (200,)
    max_depth: tuple[int | None, ...] = (3, None)
    min_samples_leaf: tuple[int, ...] = (2, 8)
    max_features: tuple[float, ...] = (0.4,)
    class_weight: str | None = None
    inner_folds: int = 5
    permutation_repeats: int = 20

    def __post_init__(self) -> None:
        """Refuse words and numbers that have no meaning.

        Raises:
            ValueError: If `missing` is unknown, or a list or fold number is too small.
        """
        if self.missing not in MISSING:
            raise ValueError(
                f"expected missing to be one of {', '.join(MISSING)}, found {self.missing!r}"
            )
        axes = (self.n_estimators, self.max_depth, self.min_samples_leaf, self.max_features)
        if not self.predictors or not all(axes) or self.inner_folds < 2:
            raise ValueError(
                "expected at least one predictor, one value on each axis of the grid and two"
                f" inner folds, found {len(self.predictors)} predictors, axes"
                f" {axes} and {self.inner_folds} folds"
            )
