"""What of the segmenter's augmentation is a choice."""

from dataclasses import dataclass, fields

from cirrhosis.contracts.errors import ContractError


@dataclass(frozen=True)
class LiverAugmentationSettings:
    """Strength of each effect; 0 leaves it out. Every number is ours.

    Nothing is mirrored: the liver lies on the right.

    Attributes:
        rotation_degrees: Largest angle to either side, within slices.
        zoom: Largest change of size; 0.2 is from 1 / 1.2 to 1.2.
        shift: Largest shift as a share of half the window.
        elastic: Standard deviation of the displacement of 5 x 5 control points, as a share of
            half the window; half of the windows are bent.
        gamma: Largest change of the exponent of intensities; 0.4 is from 1 / 1.4 to 1.4.
        inversion_probability: Of turning bright into dark: other sequences do.
        contrast: Largest change of the spread of intensities.
        brightness: Largest shift of intensities, in their deviations.
        bias: Standard deviation of the logarithm of a smooth field, 4 x 4 control points.
        noise: Largest standard deviation of noise; half of the windows have some.
    """

    rotation_degrees: float = 10.0
    zoom: float = 0.2
    shift: float = 0.15
    elastic: float = 0.025
    gamma: float = 0.3
    inversion_probability: float = 0.05
    contrast: float = 0.25
    brightness: float = 0.2
    bias: float = 0.1
    noise: float = 0.12

    def __post_init__(self) -> None:
        """Refuse what is below 0."""
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise ContractError(
                    f"expected segmenter.augmentation.{field.name} of at least 0, but got"
                    f" {getattr(self, field.name)}"
                )
