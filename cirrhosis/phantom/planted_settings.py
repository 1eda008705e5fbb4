"""What a planted cohort is made of: plain values, checked when they are put together."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from cirrhosis.contracts.errors import ContractError

EXTENTS = ("whole", "local")
CONTROLS = ("planted", "sham_vs_untouched")
# Raised whenever the same settings would give other bytes, so that a folder begun by an
# older version is not continued with variants of another kind.
FORMAT = 1

# Inclusive ranges; a strength above 1.5 would fold the surface over itself.
RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "strength": (0.0, 1.5),
    "n_positive": (1, 100),
    "n_negative": (1, 100),
    "local_radius_mm": (15.0, 150.0),
    "rotation_deg": (0.0, 30.0),
    "translation_mm": (0.0, 40.0),
    "elastic_mm": (0.0, 6.0),
    "gamma": (1.0, 2.0),
    "gain": (1.0, 4.0),
    "noise": (0.0, 0.2),
}
WHOLE_NUMBERS = ("seed", "n_positive", "n_negative")


@dataclass(frozen=True)
class PlantedSettings:
    """Settings of a planted cohort.

    Attributes:
        source: Cohort folder with real volumes and liver masks.
        seed: Every variant is a function of this seed, its donor and its own number.
        strength: Multiplies what is planted in the positives: 1 is calibrated to be found,
            0 is the negative control.
        extent: `whole` plants in the whole liver, `local` around one place per variant,
            which `truth/planted.csv` names.
        nodularity: Whether the liver's surface is made uneven.
        texture: Whether the liver's inside is made uneven.
        control: `planted`: positives carry the signal, negatives are sham-operated.
            `sham_vs_untouched`: positives are sham-operated, negatives are never operated
            on; whoever tells them apart sees traces of the operation.
        n_positive: Positive variants of each donor.
        n_negative: Negative variants of each donor.
        liver_label: Value that means liver in the masks; None takes all above 0.
        local_radius_mm: Distance from a place at which a local signal has faded to nothing.
        rotation_deg: Largest rotation of a variant about each axis.
        translation_mm: Largest shift of a variant along each axis.
        elastic_mm: Standard deviation of each component of the elastic displacement.
        gamma: Largest exponent on intensities; the smallest is its inverse.
        gain: Largest factor on intensities; the smallest is its inverse.
        noise: Standard deviation of added noise, as a share of the 99.9th percentile.
    """

    source: str
    seed: int
    strength: float = 1.0
    extent: str = "whole"
    nodularity: bool = True
    texture: bool = True
    control: str = "planted"
    n_positive: int = 4
    n_negative: int = 4
    liver_label: int | None = None
    local_radius_mm: float = 60.0
    rotation_deg: float = 5.0
    translation_mm: float = 8.0
    elastic_mm: float = 2.0
    gamma: float = 1.15
    gain: float = 1.15
    noise: float = 0.02

    def __post_init__(self) -> None:
        """Refuse values that no cohort can be made with."""
        for name, words in (("extent", EXTENTS), ("control", CONTROLS)):
            if getattr(self, name) not in words:
                raise ContractError(
                    f"expected {name} to be one of {', '.join(words)}, but got"
                    f" '{getattr(self, name)}'; change {name}"
                )
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ContractError(
                    f"expected {name} between {low:g} and {high:g}, but got {value}; change {name}"
                )
        for name in WHOLE_NUMBERS:
            if int(getattr(self, name)) != getattr(self, name):
                raise ContractError(
                    f"expected {name} to be whole, but got {getattr(self, name)}; round it"
                )

    def stamp(self, source_hash: str) -> dict[str, Any]:
        """Return what a folder must agree on before variants are added to it.

        The source counts by its content, so that it may be moved.
        """
        values = asdict(self) | {"source_hash": source_hash}
        del values["source"]
        return {"kind": "planted", "format": FORMAT} | values
