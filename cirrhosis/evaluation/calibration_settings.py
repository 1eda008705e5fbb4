"""How calibration is drawn, and how probabilities are brought to another hospital."""

from dataclasses import dataclass

SMOOTHERS = ("loess_interpolate", "loess_direct")


@dataclass(frozen=True)
class CalibrationSettings:
    """Choices of calibration curves and of recalibration on local labels.

    Attributes:
        smoother: Of the curve and of ICI, E50, E90.
        n_bins: Quantile bins of the curve.
        n_points: Points at which the smooth curve is written.
        local_share: Share of a test split's patients whose labels fit the update; the others
            are reported.
        minimum_per_class: Patients of each class that either part needs.
        seed: Of the draw of the share.
    """

    smoother: str = "loess_interpolate"
    n_bins: int = 10
    n_points: int = 100
    local_share: float = 0.5
    minimum_per_class: int = 10
    seed: int = 17

    def __post_init__(self) -> None:
        """Refuse an unknown smoother and a share outside (0, 1).

        Raises:
            ValueError: If the smoother is unknown, the share leaves a part empty, or a curve
                has fewer than two bins or points.
        """
        if self.smoother not in SMOOTHERS:
            raise ValueError(
                f"expected the smoother to be one of {', '.join(SMOOTHERS)}, found"
                f" {self.smoother!r}"
            )
        if not 0 < self.local_share < 1:
            raise ValueError(f"expected local_share between 0 and 1, found {self.local_share}")
        if min(self.n_bins, self.n_points) < 2:
            raise ValueError(
                "expected two bins and two points at least, found"
                f" {self.n_bins} and {self.n_points}"
            )
