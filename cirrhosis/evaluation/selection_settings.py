"""How the sequence combination is chosen, and how often the choice is repeated."""

from dataclasses import dataclass

RULES = ("auroc", "article", "parsimony")
STANDARD_ERRORS = ("best", "difference")


@dataclass(frozen=True)
class SelectionSettings:
    """Choices around the choice of a combination; the rule itself is `evaluation.rule`.

    Attributes:
        standard_error: Of the rule `parsimony`. `best` takes that of the largest area, as
            Breiman, Friedman, Olshen and Stone (1984, Classification and Regression Trees,
            section 3.4.3) do for errors. `difference` takes that of the paired difference to
            the largest area: it is smaller, because combinations err on the same patients,
            so fewer combinations count as equal.
        n_resamples: Resamples of patients in which the choice is repeated; 0 switches the
            correction off.
        seed: Of the resamples.
    """

    standard_error: str = "best"
    n_resamples: int = 2000
    seed: int = 17

    def __post_init__(self) -> None:
        """Refuse unknown words and negative numbers.

        Raises:
            ValueError: If the standard error is unknown or there are fewer than 0 resamples.
        """
        if self.standard_error not in STANDARD_ERRORS:
            raise ValueError(
                f"expected standard_error to be one of {', '.join(STANDARD_ERRORS)},"
                f" found {self.standard_error!r}"
            )
        if self.n_resamples < 0:
            raise ValueError(
                f"expected n_resamples of 0 or more, found {self.n_resamples}; 0 switches the"
                " correction off"
            )
