"""Limits of what is measured of a prepared patient, and what each decides."""

from dataclasses import dataclass, fields

from cirrhosis.contracts.errors import ContractError

KEEP, FLAG, EXCLUDE = "keep", "flag", "exclude"
# From harmless to final: the worst one decides.
DECISIONS = (KEEP, FLAG, EXCLUDE)
# Ends the name of a second, wider limit of the same measure.
HOPELESS = "_hopeless"


@dataclass(frozen=True)
class Limit:
    """Where a measure is believed.

    Attributes:
        low: A smaller value is outside; None for no bound.
        high: A larger value is outside; None for no bound.
        decides: What becomes of a patient outside: `keep`, `flag` or `exclude`.
    """

    low: float | None = None
    high: float | None = None
    decides: str = FLAG

    def __post_init__(self) -> None:
        """Refuse an unknown word and bounds that leave nothing between them."""
        if self.decides not in DECISIONS:
            raise ContractError(
                f"expected a limit of `quality` to decide one of {', '.join(DECISIONS)}, but got"
                f" '{self.decides}'"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ContractError(
                f"expected a limit of `quality` whose low is at most its high, but got {self.low:g}"
                f" and {self.high:g}"
            )

    def describe_breach(self, value: float) -> str:
        """Return on which side of the limit `value` lies outside, in words; empty inside."""
        if self.low is not None and value < self.low:
            return f"{value:.4g} is below {self.low:g}"
        if self.high is not None and value > self.high:
            return f"{value:.4g} is above {self.high:g}"
        return ""


@dataclass(frozen=True)
class QualitySettings:
    """The limits, all ours; none changes an artefact.

    Flags are for eyes. Left out by default is only who cannot be right: a liver that no adult
    has, or one of which another sequence shows less than half.

    Attributes:
        liver_ml: Volume of the liver, millilitres.
        liver_ml_hopeless: The same, where the mask must be wrong.
        n_liver_slices: Slices that hold liver.
        area_jump: Largest step in area between neighbouring slices, share of the largest area.
        repeated_slices: Chosen slices that had to be repeated for want of others.
        outside_share: Share of the liver outside the moved volume.
        outside_share_hopeless: The same, where most of the sequence's slices would be empty.
        clipped_share: Share of the chosen planes that is clipped.
        liver_dice: Overlap of the moved sequence's own mask, if it has one, with the liver.
        information_after: Mutual information near the liver after registration, nats; no value
            of it is right for all scanners.
        registration_flags: Number of doubts of the registration.
        liver_flags: Number of doubts of the segmenter.
    """

    liver_ml: Limit = Limit(600, 4000)
    liver_ml_hopeless: Limit = Limit(150, 12000, EXCLUDE)
    n_liver_slices: Limit = Limit(8, None)
    area_jump: Limit = Limit(None, 0.4)
    repeated_slices: Limit = Limit(None, 0)
    outside_share: Limit = Limit(None, 0.02)
    outside_share_hopeless: Limit = Limit(None, 0.5, EXCLUDE)
    clipped_share: Limit = Limit(None, 0.01)
    liver_dice: Limit = Limit(0.7, None)
    information_after: Limit = Limit(None, None, KEEP)
    registration_flags: Limit = Limit(None, 0)
    liver_flags: Limit = Limit(None, 0)

    def by_measure(self) -> list[tuple[str, Limit]]:
        """Return every limit with the measure that it is about."""
        return [(one.name.removesuffix(HOPELESS), getattr(self, one.name)) for one in fields(self)]
