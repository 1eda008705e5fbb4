"""What of the augmentation is a choice: probability and range of each effect."""

from dataclasses import dataclass, fields

PER = ("patient", "slice")
PADDINGS = ("zeros", "border", "reflection")
# What each number may be, inclusive; both ends of a range are held to it.
LIMITS: dict[str, tuple[float, float]] = {
    "rotation_degrees": (0.0, 180.0),
    "zoom": (0.1, 10.0),
    "elastic_fraction": (0.0, 0.5),
    "elastic_points": (2, 64),
    "gamma": (0.05, 20.0),
    "noise_std": (0.0, 1.0),
}


@dataclass(frozen=True)
class AugmentationSettings:
    """Probability and range of each effect.

    The article names rotation, zoom, elastic deformation, contrast and noise and says
    nothing else about them: every number here is ours.

    Attributes:
        per: `patient`, one movement for all slices of a patient, or `slice`, one for each; the
            sequences of a slice always move together. Contrast and noise level are drawn once
            per patient.
        padding: What is read beyond the border: `zeros`, `border` or `reflection`.
        rotation_probability: Of a rotation.
        rotation_degrees: Largest angle to either side; drawn evenly.
        zoom_probability: Of a change of size.
        zoom: Smallest and largest factor; above 1 enlarges. Its logarithm is drawn evenly.
        elastic_probability: Of an elastic displacement.
        elastic_fraction: Standard deviation of the displacement of a control point along each
            axis, as a fraction of the image's shorter side.
        elastic_points: Control points along each axis; between them bicubic.
        gamma_probability: Of a change of contrast.
        gamma: Smallest and largest exponent of the intensities, which are in [0, 1]. Its
            logarithm is drawn evenly.
        noise_probability: Of Gaussian noise.
        noise_std: Smallest and largest standard deviation of the noise; drawn evenly.
    """

    per: str = "patient"
    padding: str = "zeros"
    rotation_probability: float = 0.5
    rotation_degrees: float = 10.0
    zoom_probability: float = 0.5
    zoom: tuple[float, float] = (0.9, 1.1)
    elastic_probability: float = 0.5
    elastic_fraction: float = 0.015
    elastic_points: int = 5
    gamma_probability: float = 0.5
    gamma: tuple[float, float] = (0.8, 1.25)
    noise_probability: float = 0.5
    noise_std: tuple[float, float] = (0.0, 0.03)

    def __post_init__(self) -> None:
        """Refuse what no augmentation can be made with."""
        self._check_words()
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_probability"):
                _check_number(field.name, value, (0.0, 1.0))
            elif isinstance(field.default, tuple):
                _check_range(field.name, value, LIMITS[field.name])
            elif field.name in LIMITS:
                _check_number(field.name, value, LIMITS[field.name])
        if self.elastic_points != int(self.elastic_points):
            raise ValueError(
                f"expected elastic_points to be whole, got {self.elastic_points}; round it"
            )

    @property
    def is_identity(self) -> bool:
        """Whether no effect is ever drawn, so that the module can be left out."""
        names = [field.name for field in fields(self) if field.name.endswith("_probability")]
        return not any(getattr(self, name) for name in names)

    def _check_words(self) -> None:
        for name, words in (("per", PER), ("padding", PADDINGS)):
            if getattr(self, name) not in words:
                raise ValueError(
                    f"expected {name} to be one of {', '.join(words)}, got '{getattr(self, name)}';"
                    " choose one of them"
                )


def _check_number(name: str, value: object, limits: tuple[float, float]) -> None:
    low, high = limits
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # type: ignore[operator]
        raise ValueError(f"expected {name} between {low:g} and {high:g}, got {value}; change it")


def _check_range(name: str, value: object, limits: tuple[float, float]) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ValueError(
            f"expected {name} to be the smallest and the largest value, got {value}; write"
            f" {name}=[low,high]"
        )
    for end in value:
        _check_number(name, end, limits)
    if value[0] > value[1]:
        raise ValueError(f"expected {name} from low to high, got {list(value)}; turn them round")
