"""The report: one HTML page without network, and its figures as files."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import jinja2

from cirrhosis.contracts.files import write_text
from cirrhosis.reporting.drawing import SYNTHETIC, Drawing, write_drawings
from cirrhosis.reporting.number_text import is_missing, is_true, write_sentence
from cirrhosis.reporting.results_folder import Results, read_results
from cirrhosis.reporting.section import Section, list_headlines
from cirrhosis.reporting.section_list import list_sections
from cirrhosis.reporting.wording import BANNER, describe_level, describe_protocol

TEMPLATES = Path(__file__).parent / "templates"
FACTS = {
    "name": "Experiment",
    "variant": "Variant",
    "sequences": "Sequences",
    "chosen_by": "Sequences chosen by",
    "protocol": "Protocol",
    "seeds": "Seeds",
    "split_hash": "Split (SHA-256)",
    "data_hash": "Data (SHA-256)",
    "code_version": "Code",
}


def write_report(results: Path) -> Path:
    """Write `report/index.html` and `report/figures/` into a results folder.

    The same tables give the same bytes.

    Args:
        results: Folder of one variant, as `cirrhosis evaluate` writes it.

    Returns:
        The page.

    Raises:
        ContractError: If the folder is not complete.
    """
    read = read_results(results)
    sections = list_sections(read)
    drawings = [drawing for section in sections for drawing in section.drawings]
    page = _render(read, sections)
    folder = results / "report"
    write_drawings(drawings, folder / "figures")
    # The page comes last: whoever sees it finds its figures.
    write_text(page, folder / "index.html")
    return folder / "index.html"


def _render(results: Results, sections: list[Section]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        # Names come from data; nothing of them may become markup.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    provenance = results.provenance
    return environment.get_template("page.html").render(
        provenance=provenance,
        facts=_list_facts(provenance),
        versions=sorted((provenance.get("versions") or {}).items()),
        settings=provenance.get("settings") or "",
        protocol=describe_protocol(str(provenance["protocol"])),
        protocol_note=_write_note(provenance),
        level=describe_level(provenance),
        headlines=list_headlines(results),
        sections=sections,
        caption_of=lambda drawing: _caption(drawing, provenance),
        banner=BANNER if is_true(provenance["synthetic"]) else "",
        style=_Inline(style),
        script=_Inline(script),
    )


class _Inline:
    """Own style or script: its text, and the hash by which the page's policy admits it."""

    def __init__(self, text: str) -> None:
        self.text = text
        digest = hashlib.sha256(text.encode()).digest()
        self.source = f"'sha256-{base64.b64encode(digest).decode()}'"


def _list_facts(provenance: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (title, _join(provenance[key]))
        for key, title in FACTS.items()
        if not _is_empty(provenance.get(key))
    ]


def _write_note(provenance: dict[str, Any]) -> str:
    note = provenance.get("protocol_note")
    return "" if is_missing(note) else write_sentence(str(note))


def _is_empty(value: Any) -> bool:
    return len(value) == 0 if isinstance(value, list | dict) else is_missing(value)


def _join(value: Any) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _caption(drawing: Drawing, provenance: dict[str, Any]) -> str:
    return f"{drawing.caption} {SYNTHETIC}" if is_true(provenance["synthetic"]) else drawing.caption
