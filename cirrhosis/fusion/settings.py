"""What of the fusion is a choice. The article leaves the grid and the selection open."""

from dataclasses import dataclass

from cirrhosis.clinical.article_inputs import PREDICTORS

MISSING = ("exclude", "impute")
CALIBRATIONS = ("none", "sigmoid", "isotonic")
DIRECTIONS = ("higher", "lower")
# Names of rows that the fusion writes itself.
MODELS = ("combined", "clinical", "cnn", "fib4", "apri", "reader_1", "reader_2")


@dataclass(frozen=True)
class Baseline:
    """A column of `patients.csv` that is compared as it is.

    Attributes:
        name: Of the model in the prediction table.
        column: Of `patients.csv`.
        direction: Whether `higher` or `lower` values speak for the disease; of `lower` the
            negative is written, so that a higher score is always the more likely positive.
    """

    name: str
    column: str
    direction: str

    def __post_init__(self) -> None:
        """Refuse an unknown direction and the name of another model.

        Raises:
            ValueError: If either is the case.
        """
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"expected direction of the baseline '{self.name}' to be one of"
                f" {', '.join(DIRECTIONS)}, found {self.direction!r}"
            )
        if self.name in MODELS:
            raise ValueError(
                f"expected a name of its own for the baseline of '{self.column}', but"
                f" '{self.name}' is written by the fusion; choose another"
            )


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
        search_trees: Trees of the forests that rank and are compared in inner folds, at most;
            the chosen point then has all its trees. None compares whole forests, which takes
            three times as long. Ours; the article does not say.
        inner_folds: Folds of the cross-validation that chooses the point of the grid.
        calibration: Map from the forest's share of votes to the final probability: `none`,
            `sigmoid` or `isotonic`, fitted on inner out-of-fold scores. The article has none.
        permutation_repeats: Shuffles per variable for its permutation importance.
        nested: Whether the forest of a fold is fitted on scores of CNNs that saw neither the
            patient nor the fold; needs a CNN per pair of folds.
        baselines: Columns that are compared as they are.
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
    search_trees: int | None = 50
    inner_folds: int = 5
    calibration: str = "none"
    permutation_repeats: int = 20
    nested: bool = False
    baselines: tuple[Baseline, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words and numbers that have no meaning.

        Raises:
            ValueError: If a word is unknown, a list or fold number is too small, or two
                baselines share a name.
        """
        words = (
            ("missing", self.missing, MISSING),
            ("calibration", self.calibration, CALIBRATIONS),
        )
        for name, value, known in words:
            if value not in known:
                raise ValueError(
                    f"expected {name} to be one of {', '.join(known)}, found {value!r}"
                )
        axes = (self.n_estimators, self.max_depth, self.min_samples_leaf, self.max_features)
        if not self.predictors or not all(axes) or self.inner_folds < 2:
            raise ValueError(
                "expected at least one predictor, one value on each axis of the grid and two"
                f" inner folds, found {len(self.predictors)} predictors, axes"
                f" {axes} and {self.inner_folds} folds"
            )
        if self.search_trees is not None and len(self.n_estimators) > 1:
            raise ValueError(
                f"expected search_trees of none with several n_estimators {self.n_estimators},"
                f" found {self.search_trees}: cut to the same length they could not be compared"
            )
        names = [baseline.name for baseline in self.baselines]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"expected baselines of different names, found {repeated} repeated")
