"""The settings of the prepared store: plain values, which its manifest records."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.intensities import IntensitySettings
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.quality_settings import QualitySettings
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.slices import SliceSettings

ON_MISSING = ("fail", "skip")
LIVER_FIRST, REGISTRATION_FIRST = "liver_first", "registration_first"
ORDERS = (LIVER_FIRST, REGISTRATION_FIRST)


@dataclass(frozen=True)
class PrepareSettings:
    """Everything that changes prepared artefacts.

    Attributes:
        sequences: Sequences to store; None takes all that the cohort has. The target of the
            registration is read in any case, and stored only if it is among them.
        on_missing: What a patient without one of the sequences becomes: `fail` puts the
            patient among the failures (complete cases), `skip` stores the others.
        order: `liver_first` compares the sequences near the fixed liver; `registration_first`
            compares all of the image before any liver is known, as published.
        registration: How sequences are aligned.
        liver: Where masks come from.
        slices: Which slices are chosen.
        intensities: What is done to intensities.
        quality: Limits of what is measured; they change no artefact.
    """

    sequences: tuple[str, ...] | None = None
    on_missing: str = "fail"
    order: str = LIVER_FIRST
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)
    liver: LiverSettings = field(default_factory=LiverSettings)
    slices: SliceSettings = field(default_factory=SliceSettings)
    intensities: IntensitySettings = field(default_factory=IntensitySettings)
    quality: QualitySettings = field(default_factory=QualitySettings)

    def __post_init__(self) -> None:
        """Refuse an unknown word."""
        for name, words in (("on_missing", ON_MISSING), ("order", ORDERS)):
            if getattr(self, name) not in words:
                raise ContractError(
                    f"expected `{name}` to be one of {', '.join(words)}, but got"
                    f" '{getattr(self, name)}'"
                )


def plain(settings: object) -> dict[str, Any]:
    """Return a settings dataclass as JSON holds it: tuples become lists."""
    content: dict[str, Any] = json.loads(json.dumps(asdict(settings)))  # type: ignore[call-overload]
    return content
