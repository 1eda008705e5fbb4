"""Contact sheets of a prepared store: one picture per patient, and a page that lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, read_table, whole_file
from cirrhosis.contracts.progress import Progress
from cirrhosis.contracts.store import GATE_STAGE, Manifest, StoreLayout, read_record, read_slices
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.imaging.nifti import read_nifti
from cirrhosis.imaging.slices import liver_areas
from cirrhosis.imaging.workers import spread
from cirrhosis.reporting.contact_sheet import Sheet, SheetRow, draw_contact_sheet
from cirrhosis.reporting.contact_sheet_canvas import KEY
from cirrhosis.reporting.contact_sheet_curve import AreaCurve
from cirrhosis.reporting.contact_sheet_index import IndexRow, write_index

FOLDER = "sheets"
# Part of every key: raise it when the same store gives other pictures than before.
RECIPE = 1
# Below so many, starting processes takes longer than drawing.
FEW = 20


@dataclass(frozen=True)
class SheetTask:
    """What a worker draws.

    Attributes:
        patient_id: Of the patient.
        folder: Of the store.
        record: How the slices were made.
        qc: Rows of `qc.csv`, all as text.
        reason: Why the patient was left out, empty otherwise.
        is_synthetic: Whether it is a phantom.
    """

    patient_id: str
    folder: Path
    record: dict[str, Any]
    qc: tuple[dict[str, str], ...]
    reason: str
    is_synthetic: bool

    @property
    def path(self) -> Path:
        """Of the picture."""
        return self.folder / FOLDER / f"{self.patient_id}.png"

    @property
    def decision(self) -> str:
        """What the quality gate said; of what left no row, that it was left out."""
        return next((row["decision"] for row in self.qc if row.get("decision")), "exclude")

    @property
    def key(self) -> str:
        """Hash of all that is drawn."""
        content = [RECIPE, self.record, list(self.qc), self.reason, self.is_synthetic]
        return hash_content(content)


def draw_sheets(folder: Path, manifest: Manifest, *, n_workers: int, progress: Progress) -> int:
    """Draw `sheets/<patient>.png` where it is absent or outdated, and `sheets/index.html`.

    Patients whom the quality gate left out have a picture too; those who failed before their
    slices were made stand in the page with the reason, and an older picture is removed.

    Args:
        folder: Of the store.
        manifest: What it holds.
        n_workers: Processes.
        progress: Shows how many are drawn.

    Returns:
        How many were drawn.

    Raises:
        ContractError: If one of the patients cannot be drawn; the others are.
    """
    layout = StoreLayout(folder)
    qc = _read_rows(layout.qc)
    failures = {row["patient_id"]: row for row in _read_rows(layout.failures)}
    tasks = _list_tasks(layout, manifest, qc, failures)
    _remove_others(folder / FOLDER, {task.path for task in tasks})
    outdated = [task for task in tasks if _read_key(task.path) != task.key]
    done = spread(_draw, outdated, n_workers=n_workers if len(outdated) > FEW else 1)
    lost = [
        f"{task.patient_id}: {error}" if error else f"{task.patient_id}: the process died"
        for task, error in progress(done, total=len(outdated), label="contact sheets")
        if error != ""
    ]
    drawn = {task.patient_id for task in tasks if task.path.is_file()}
    rows = [_index_row(patient, qc, failures, drawn) for patient in _patients(qc, failures)]
    write_index(rows, index_of(folder), manifest.name, manifest.synthetic)
    if lost:
        raise ContractError(
            f"expected a contact sheet of each of {len(tasks)} patients, but {len(lost)} could not"
            f" be drawn: {lost[0]}; prepare again, or leave them out with contact_sheets=false"
        )
    return len(outdated)


def index_of(folder: Path) -> Path:
    """Return the page that lists a store's contact sheets."""
    return folder / FOLDER / "index.html"


def _read_rows(path: Path) -> list[dict[str, str]]:
    table = read_table(path) if path.is_file() else None
    if table is None:
        return []
    return [
        {str(name): str(value) for name, value in row.items() if value == value}
        for row in table.astype(object).to_dict("records")
    ]


def _list_tasks(
    layout: StoreLayout,
    manifest: Manifest,
    qc: Iterable[dict[str, str]],
    failures: Mapping[str, dict[str, str]],
) -> list[SheetTask]:
    judged = {name for name, row in failures.items() if row["stage"] == GATE_STAGE}
    rows: dict[str, list[dict[str, str]]] = {}
    for row in qc:
        rows.setdefault(row["patient_id"], []).append(row)
    tasks = []
    for patient in sorted({*manifest.patients, *judged}):
        record = read_record(layout.slices(patient))
        if record is not None:
            reason = failures.get(patient, {}).get("reason", "")
            own = tuple(rows.get(patient, ()))
            tasks.append(SheetTask(patient, layout.folder, record, own, reason, manifest.synthetic))
    return tasks


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    for path in folder.glob("*.png"):
        if path not in wanted:
            path.unlink()


def _read_key(path: Path) -> str | None:
    try:
        # Opened here: Pillow leaves a damaged file open.
        with path.open("rb") as stream, Image.open(stream) as picture:
            return str(picture.info.get(KEY))
    except (OSError, UnidentifiedImageError, SyntaxError):
        return None


def _draw(task: SheetTask) -> str:
    """Draw one sheet; return why it cannot be, empty if it was."""
    try:
        png = draw_contact_sheet(_read_sheet(task), task.key)
        with whole_file(task.path) as partial_file:
            partial_file.write_bytes(png)
    except (ContractError, OSError) as error:
        return str(error)
    return ""


def _read_sheet(task: SheetTask) -> Sheet:
    layout = StoreLayout(task.folder)
    slices = read_slices(layout.slices(task.patient_id))
    rows = {row["sequence"]: row for row in task.qc}
    target = task.record["target"]
    names = sorted(slices.images, key=lambda name: (name != target, name))
    return Sheet(
        patient_id=task.patient_id,
        decision=task.decision,
        reasons=_reasons(task),
        facts=_facts(task),
        rows=tuple(
            SheetRow(
                sequence=name,
                note=_note(rows.get(name, {}), is_fixed=name == target),
                images=slices.images[name],
                mask=slices.sequence_masks.get(name, slices.mask),
                indices=tuple(task.record.get("own", {}).get(name, task.record)["indices"]),
            )
            for name in names
        ),
        curve=_curve(layout.liver(task.patient_id), task.record),
        is_synthetic=task.is_synthetic,
    )


def _reasons(task: SheetTask) -> tuple[str, ...]:
    """Return each reason once; one of some sequences names them."""
    if task.reason:
        return tuple(part.strip() for part in task.reason.split(";"))
    where: dict[str, list[str]] = {}
    for row in task.qc:
        for reason in filter(None, row.get("reasons", "").split(";")):
            where.setdefault(reason, []).append(row["sequence"])
    return tuple(
        reason if len(names) == len(task.qc) else f"{', '.join(names)}: {reason}"
        for reason, names in where.items()
    )


def _facts(task: SheetTask) -> str:
    record = task.record
    flags = ", ".join(record["flags"]).replace("_", " ")
    return (
        f"liver {record['liver_ml']:,.0f} ml in {record['last'] - record['first'] + 1} slices"
        f"  |  mask: {record['liver_source']}  |  fixed sequence: {record['target']}"
        f"  |  slices: {flags or 'as the rule says'}"
    )


def _note(row: Mapping[str, str], *, is_fixed: bool) -> str:
    """Return what is known of a sequence in one line."""
    parts = ["fixed"] if is_fixed else [row.get("registration_method", "")]
    if not is_fixed and "rotation_deg" in row:
        turned, moved = float(row["rotation_deg"]), float(row["translation_mm"])
        parts.append(f"turned {turned:.1f} deg, moved {moved:.1f} mm")
    if "information_after" in row:
        before, after = float(row["information_before"]), float(row["information_after"])
        parts.append(f"information {before:.2f} to {after:.2f}")
    if "liver_dice" in row:
        parts.append(f"Dice {float(row['liver_dice']):.2f}")
    parts += [flag.replace("_", " ") for flag in row.get("registration_flags", "").split(";")]
    parts.append(row.get("series_description", ""))
    return "  |  ".join(filter(None, parts))


def _curve(path: Path, record: Mapping[str, Any]) -> AreaCurve | None:
    try:
        mask = volume_of(read_nifti(path))
    except ContractError:
        return None
    per_voxel = mask.spacing_mm[1] * mask.spacing_mm[2] / 100
    areas = np.round(liver_areas(mask.array) * per_voxel, 2)
    return AreaCurve(tuple(areas.tolist()), tuple(record["indices"]), record["largest"])


def _patients(qc: list[dict[str, str]], failures: Mapping[str, dict[str, str]]) -> list[str]:
    return sorted({row["patient_id"] for row in qc} | set(failures))


def _index_row(
    patient: str,
    qc: list[dict[str, str]],
    failures: Mapping[str, dict[str, str]],
    drawn: set[str],
) -> IndexRow:
    own = [row for row in qc if row["patient_id"] == patient]
    failure = failures.get(patient, {})
    is_judged = not failure or failure["stage"] == GATE_STAGE
    decision = next((row["decision"] for row in own if row.get("decision")), "keep")
    reasons = dict.fromkeys(part for row in own for part in row.get("reasons", "").split(";"))
    told = failure.get("reason") or "; ".join(filter(None, reasons))
    return IndexRow(
        patient_id=patient,
        decision=(decision if not failure else "exclude") if is_judged else "failed",
        stage=failure.get("stage", ""),
        reason=told,
        liver_ml=own[0].get("liver_ml", "") if own else "",
        n_liver_slices=own[0].get("n_liver_slices", "") if own else "",
        sequences=", ".join(row["sequence"] for row in own),
        has_sheet=patient in drawn,
    )
