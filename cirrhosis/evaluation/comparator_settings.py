"""Which rules beside the models are evaluated: readers joined with a score, and columns."""

from dataclasses import dataclass

from cirrhosis.clinical.cut_offs import find_cut_off

YOUDEN = "youden"
DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True)
class ColumnComparator:
    """A column of `patients.csv` that is judged like a model.

    Attributes:
        column: Its name.
        direction: `higher` if higher values speak for the positive class, else `lower`.
        cut_off: A patient is called positive at the cut-off or beyond it; None takes
            Youden's on the training rows.
    """

    column: str
    direction: str = "higher"
    cut_off: float | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown direction.

        Raises:
            ValueError: If the direction is neither `higher` nor `lower`.
        """
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"expected the direction of {self.column} to be one of {', '.join(DIRECTIONS)},"
                f" found {self.direction!r}"
            )

    @property
    def sign(self) -> int:
        """What a value is multiplied by to become a score: 1 or -1."""
        return 1 if self.direction == "higher" else -1


@dataclass(frozen=True)
class ComparatorSettings:
    """Rules that are added to the prediction table before anything is estimated.

    Attributes:
        readers: Models whose calls are joined with the score by AND and by OR.
        score: The blood score they are joined with.
        score_cut_off: `youden` takes Youden's cut-off on the score's own training rows; else
            the name of a published cut-off of `clinical.cut_offs`, or a number; the score is
            positive from it on.
        columns: Columns of `patients.csv` that are judged like models.
    """

    readers: tuple[str, ...] = ("reader_1", "reader_2")
    score: str = "fib4"
    score_cut_off: str | float = YOUDEN
    columns: tuple[ColumnComparator, ...] = (ColumnComparator("stiffness_kpa", cut_off=12.5),)

    def __post_init__(self) -> None:
        """Refuse an unknown cut-off and a column named twice.

        Raises:
            ValueError: If there is no published cut-off of this name, it is of another score,
                or a column stands twice.
        """
        if isinstance(self.score_cut_off, str) and self.score_cut_off != YOUDEN:
            published = find_cut_off(self.score_cut_off)
            if published.score != self.score:
                raise ValueError(
                    f"expected a cut-off of {self.score}, but {published.name} is of"
                    f" {published.score}; change score or score_cut_off"
                )
        names = [one.column for one in self.columns]
        if len(set(names)) < len(names):
            raise ValueError(f"expected each column once, found {', '.join(names)}")

    @property
    def fixed_score_cut_off(self) -> float | None:
        """The cut-off at which the score is joined with readers; None for Youden's."""
        if self.score_cut_off == YOUDEN:
            return None
        if isinstance(self.score_cut_off, str):
            return find_cut_off(self.score_cut_off).value
        return self.score_cut_off

    @property
    def joined(self) -> dict[str, tuple[str, str]]:
        """Name of each joined rule, with its reader and `and` or `or`."""
        return {
            f"{reader}_{word}_{self.score}": (reader, word)
            for reader in self.readers
            for word in ("and", "or")
        }

    @property
    def fixed_cut_offs(self) -> dict[str, float]:
        """Cut-off of each column that has one, on the scale of its score."""
        return {
            one.column: one.sign * one.cut_off for one in self.columns if one.cut_off is not None
        }
