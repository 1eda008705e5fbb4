"""Which models are compared with which, and the one comparison that was declared first."""

from dataclasses import dataclass

MEASURES = ("auroc", "sensitivity", "specificity", "ppv", "npv", "accuracy")


@dataclass(frozen=True)
class ModelPair:
    """A model and the one it is compared with: differences are model minus against."""

    model: str
    against: str


@dataclass(frozen=True)
class PrimaryComparison:
    """The one comparison whose p value stands as it is; all others are adjusted.

    The default asks what the combined model of the article is for: whether blood tests add
    to the CNN. It is asked in other hospitals, where nothing was chosen, and of the area,
    which needs no threshold.

    Attributes:
        model: First model; the difference is it minus `against`.
        against: Second model.
        split: Where.
        measure: Of what: `auroc`, `sensitivity`, `specificity`, `ppv`, `npv`, `accuracy`.
    """

    model: str = "combined"
    against: str = "cnn"
    split: str = "external"
    measure: str = "auroc"

    def __post_init__(self) -> None:
        """Refuse an unknown measure and a model against itself.

        Raises:
            ValueError: If the measure is unknown or both models are one.
        """
        if self.measure not in MEASURES:
            raise ValueError(
                f"expected the primary measure to be one of {', '.join(MEASURES)},"
                f" found {self.measure!r}"
            )
        if self.model == self.against:
            raise ValueError(f"expected two models to compare, found {self.model} twice")
