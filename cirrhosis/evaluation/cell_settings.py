"""When a group of patients is too small to estimate anything in."""

from dataclasses import dataclass

from cirrhosis.statistics.discrimination import METHODS


@dataclass(frozen=True)
class CellSettings:
    """Choices for small groups; all are ours, the article states none.

    Attributes:
        minimum_n: Fewer patients leave a group without estimates.
        minimum_rarer_class: The same for patients of the rarer class.
        small_group_auroc_method: Interval of the area in small groups, such as `logit`; None
            takes the evaluation's own.
        small_group_rarer_class: A group is small with fewer than this of the rarer class.
    """

    minimum_n: int = 20
    minimum_rarer_class: int = 5
    small_group_auroc_method: str | None = None
    small_group_rarer_class: int = 30

    def __post_init__(self) -> None:
        """Refuse an unknown method and limits below 0.

        Raises:
            ValueError: If a setting cannot be used.
        """
        method = self.small_group_auroc_method
        if method is not None and method not in METHODS:
            raise ValueError(
                f"expected small_group_auroc_method to be one of {', '.join(METHODS)} or null,"
                f" found {method!r}"
            )
        limits = (self.minimum_n, self.minimum_rarer_class, self.small_group_rarer_class)
        if min(limits) < 0:
            raise ValueError(f"expected limits of 0 or more for small groups, found {min(limits)}")
