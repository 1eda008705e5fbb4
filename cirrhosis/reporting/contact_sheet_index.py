"""The page that lists the contact sheets of a store."""

from pathlib import Path
from typing import NamedTuple

import jinja2

from cirrhosis.contracts.files import write_text

TEMPLATES = Path(__file__).parent / "templates"
# The gravest first, for who looks at doubtful patients alone.
ORDER = ("failed", "exclude", "flag", "keep")


class IndexRow(NamedTuple):
    """One patient.

    Attributes:
        patient_id: Of the patient.
        decision: `keep`, `flag`, `exclude`, or `failed` before the slices were made.
        stage: Where it failed or was left out, empty otherwise.
        reason: In words, empty if there is none.
        liver_ml: Volume, as text.
        n_liver_slices: As text.
        sequences: What is stored.
        has_sheet: Whether there is a picture.
    """

    patient_id: str
    decision: str
    stage: str
    reason: str
    liver_ml: str
    n_liver_slices: str
    sequences: str
    has_sheet: bool


def write_index(rows: list[IndexRow], path: Path, name: str, is_synthetic: bool) -> None:
    """Write a page that needs no network; names from data never become markup.

    Args:
        rows: Of the patients.
        path: Of the page, beside the pictures.
        name: Of the store.
        is_synthetic: Whether phantoms are shown.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
    )
    counts = {word: sum(row.decision == word for row in rows) for word in ORDER}
    ordered = sorted(rows, key=lambda row: (_grade(row), row.patient_id))
    page = environment.get_template("contact_sheets.html").render(
        name=name, rows=ordered, counts=counts, order=ORDER, is_synthetic=is_synthetic
    )
    write_text(page, path)


def _grade(row: IndexRow) -> int:
    return ORDER.index(row.decision) if row.decision in ORDER else len(ORDER)
