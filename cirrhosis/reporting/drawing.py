"""A figure with the words that belong to it."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from cirrhosis.contracts.files import whole_file, write_text
from cirrhosis.reporting.house_style import Figures

SYNTHETIC = "Synthetic cohort: the numbers say nothing about patients."


class Drawing(NamedTuple):
    """One figure of the report.

    Attributes:
        name: Of its files.
        title: Shown above the caption.
        alt: What a reader who cannot see it is told.
        caption: How to read it.
        figures: The drawing.
    """

    name: str
    title: str
    alt: str
    caption: str
    figures: Figures

    @property
    def data_uri(self) -> str:
        """The SVG as an address that needs no network.

        It is an image and not part of the page, because the ids inside several SVGs would
        clash. Percent encoding, unlike base64, leaves it readable to a search for gaps.
        """
        return f"data:image/svg+xml,{quote(self.figures.svg, safe=' =,;()+-.')}"

    @property
    def file_name(self) -> str:
        """The name as a file name: names come from data."""
        return re.sub(r"[^A-Za-z0-9_.-]+", "_", self.name).strip(".") or "figure"


def write_drawings(drawings: list[Drawing], folder: Path) -> None:
    """Write each drawing as SVG and PNG."""
    for drawing in drawings:
        write_text(drawing.figures.svg, folder / f"{drawing.file_name}.svg")
        with whole_file(folder / f"{drawing.file_name}.png") as partial:
            partial.write_bytes(drawing.figures.png)
