"""How calibration is drawn, and how probabilities are brought to another hospital."""

from dataclasses import dataclass

SCALES = ("identity", "log")
SMOOTHERS = ("loess_interpolate", "loess_direct")


@dataclass(frozen=True)
class CalibrationSettings:
    """Choices of calibration curves and of recalibration on local labels.

    Attributes:
        score_scale: On which a score without a probability is mapped by logistic regression:
            `identity`, or `log`, which suits skewed scores such as FIB-4; a score with values
            of 0 or less stays on its own scale.
        smoother: Of the curve and of ICI, E50, E90.
        n_resamples: Resamples of the bootstrap behind the intervals of ICI, E50 and E90; 0
            leaves them without intervals.
        n_bins: Quantile bins of the curve.
        n_points: Points at which the smooth curve is written.
        local_share: Share of a test split's patients whose labels fit the update; the others
            are reported.
        minimum_per_class: Patients of each class that either part needs.
        seed: Of the bootstrap and of the draw of the share.
    """

    score_scale: str = "identity"
    smoother: str = "loess_interpolate"
    n_resamples: int = 200
    n_bins: int = 10
    n_points: int = 100
    local_share: float = 0.5
    minimum_per_class: int = 10
    seed: int = 17

    def __post_init__(self) -> None:
        """Refuse unknown words and a share outside (0, 1).

        Raises:
            ValueError: If the smoother or the scale is unknown, the share leaves a part empty,
                or a curve has fewer than two bins or points.
        """
        for name, known in (("smoother", SMOOTHERS), ("score_scale", SCALES)):
            found = getattr(self, name)
            if found not in known:
                raise ValueError(
                    f"expected {name} to be one of {', '.join(known)}, found {found!r}"
                )
        if not 0 < self.local_share < 1:
            raise ValueError(f"expected local_share between 0 and 1, found {self.local_share}")
        if min(self.n_bins, self.n_points) < 2:
            raise ValueError(
                "expected two bins and two points at least, found"
                f" {self.n_bins} and {self.n_points}"
            )
