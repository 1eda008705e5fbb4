"""Where liver masks come from and what is kept of them."""

from dataclasses import dataclass, field
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.external_settings import ExternalSettings

FILE, MODEL = "file", "model"
EXTERNAL = ("mrsegmentator", "totalsegmentator")
SOURCES = (FILE, MODEL, *EXTERNAL)


@dataclass(frozen=True)
class LiverSettings:
    """Where masks come from and what is kept of them.

    Attributes:
        source: `file` (named in `volumes.csv`), `model` (of `task=segmentation`),
            `mrsegmentator` or `totalsegmentator`.
        model: `<experiment>/<variant>` of the models, for `source=model` alone.
        per_sequence: Whether each sequence has a mask and five slices of its own, as
            published; otherwise the fixed sequence's serve all.
        label: Value that means liver in a file with several organs; None takes all above 0.
        largest_component: Whether only the largest connected part counts as liver.
        external: How an external segmenter is called.
    """

    source: str = FILE
    model: str = ""
    per_sequence: bool = False
    label: int | None = None
    largest_component: bool = True
    external: ExternalSettings = field(default_factory=ExternalSettings)

    def __post_init__(self) -> None:
        """Refuse an unknown source, and a model that is not named."""
        if self.source not in SOURCES:
            raise ContractError(
                f"expected `liver.source` to be one of {', '.join(SOURCES)}, but got"
                f" '{self.source}'"
            )
        if self.source == MODEL and not self.model:
            raise ContractError(
                "expected `liver.model` to name the models of `liver.source=model`, as"
                " <experiment>/<variant> of task=segmentation, but it is empty"
            )

    @property
    def deciding(self) -> dict[str, Any]:
        """What decides a mask beside the volume, the mask file and a segmenter's own identity."""
        names = ("source", "label", "largest_component")
        return {name: getattr(self, name) for name in names}
