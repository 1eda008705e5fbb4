"""Which rules beside the models are evaluated: readers joined with a score, and columns."""

from dataclasses import dataclass

YOUDEN = "youden"
DIRECTIONS = ("higher", "lower")
# Where a blood score was published with a cut-off. None of them was chosen for the
# pathology of the article; each is called positive from the cut-off on.
PUBLISHED_CUT_OFFS: dict[str, dict[str, float]] = {
    "fib4": {
        # Sterling et al. (2006), Hepatology 43(6), 1317-1325: Ishak 4-6, HIV and HCV.
        "sterling_2006_rule_out": 1.45,
        "sterling_2006_rule_in": 3.25,
        # Xu et al., PLoS One 2014: cirrhosis in hepatitis B.
        "xu_2014_cirrhosis": 3.6,
        # Zheng et al. (2024), Insights into Imaging 15, 298: Youden on their training set.
        "zheng_2024_youden": 2.26352,
    },
    "apri": {
        # WHO guidelines on hepatitis B of 2015 and of 2024, cirrhosis.
        "who_2015_cirrhosis": 2.0,
        "who_2024_cirrhosis": 1.0,
        # Zheng et al. (2024); their upper limit of normal AST is not known.
        "zheng_2024_youden": 0.54094,
    },
}


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
            a name of `PUBLISHED_CUT_OFFS`, or a number.
        columns: Columns of `patients.csv` that are judged like models.
    """

    readers: tuple[str, ...] = ("reader_1", "reader_2")
    score: str = "fib4"
    score_cut_off: str | float = YOUDEN
    columns: tuple[ColumnComparator, ...] = (ColumnComparator("stiffness_kpa", cut_off=12.5),)

    def __post_init__(self) -> None:
        """Refuse an unknown cut-off and a column named twice.

        Raises:
            ValueError: If the cut-off of the score has no published value of this name, or
                a column stands twice.
        """
        published = PUBLISHED_CUT_OFFS.get(self.score, {})
        if isinstance(self.score_cut_off, str) and self.score_cut_off not in (YOUDEN, *published):
            raise ValueError(
                f"expected score_cut_off of {self.score} to be a number or one of"
                f" {', '.join((YOUDEN, *published))}, found {self.score_cut_off!r}"
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
            return PUBLISHED_CUT_OFFS[self.score][self.score_cut_off]
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
