"""Contact sheets of a prepared store: which are drawn, redrawn, removed and listed."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cirrhosis.commands.contact_sheets import draw_sheets
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, write_slices
from cirrhosis.imaging.artefacts import write_liver
from tests.imaging.made_volumes import liver_mask

PATIENTS = ("A1", "A2", "A3")


def record(**given):
    return {
        "key": "k",
        "target": "t1",
        "indices": [4, 6, 8, 10, 12],
        "areas": [1] * 5,
        "largest": 8,
        "first": 2,
        "last": 20,
        "position": 0.5,
        "flags": [],
        "liver_ml": 1500.0,
        "liver_source": "file",
        "sequences": ["t1", "t2"],
    } | given


def write_patient(folder, patient, **given):
    images = np.full((5, 32, 32), 0.5, np.float16)
    mask = np.zeros((5, 32, 32), np.uint8)
    mask[:, 8:20, 4:16] = 1
    layout = StoreLayout(folder)
    slices = Slices({"t1": images, "t2": images}, mask, record(**given))
    write_slices(slices, layout.slices(patient))
    write_liver(liver_mask(), "key", layout.liver(patient))


@pytest.fixture
def store(tmp_path):
    """A store of three: one kept, one flagged, one left out by the gate; a fourth failed."""
    folder = tmp_path / "store"
    for patient in PATIENTS:
        write_patient(folder, patient)
    rows = [
        {
            "patient_id": patient,
            "sequence": sequence,
            "liver_ml": 1500.0,
            "n_liver_slices": 19,
            "registration_method": "simpleitk",
            "rotation_deg": 3.0,
            "translation_mm": 4.0,
            "decision": {"A1": "keep", "A2": "flag", "A3": "exclude"}[patient],
            "reasons": {"A1": "", "A2": "area_jump 0.5 is above 0.4", "A3": "liver_ml <b>"}[
                patient
            ],
        }
        for patient in PATIENTS
        for sequence in ("t1", "t2")
    ]
    write_table(pd.DataFrame(rows), StoreLayout(folder).qc)
    failures = [("A3", "quality", "liver_ml 100 is below 150"), ("B1", "read", "no <file>")]
    write_table(
        pd.DataFrame(failures, columns=["patient_id", "stage", "reason"]),
        StoreLayout(folder).failures,
    )
    return folder


def draw(folder, *, patients=("A1", "A2"), synthetic=False, n_workers=1):
    manifest = Manifest("s", {}, "h", ("t1", "t2"), dict.fromkeys(patients, "h"), synthetic)
    return draw_sheets(folder, manifest, n_workers=n_workers, progress=silent)


def sheets(folder):
    return {path.stem: path.stat().st_mtime_ns for path in (folder / "sheets").glob("*.png")}


def test_kept_flagged_and_excluded_patients_have_a_sheet_and_nothing_is_drawn_twice(store):
    assert draw(store) == 3
    first = sheets(store)
    assert set(first) == set(PATIENTS)
    assert draw(store) == 0
    assert sheets(store) == first


def test_only_what_changed_is_drawn_anew(store):
    draw(store)
    first = sheets(store)
    write_patient(store, "A2", key="another")
    table = pd.read_csv(StoreLayout(store).qc)
    table.loc[table["patient_id"] == "A1", "decision"] = "flag"
    write_table(table, StoreLayout(store).qc)
    assert draw(store) == 2
    assert sheets(store)["A3"] == first["A3"]


def test_a_damaged_sheet_is_drawn_anew(store):
    draw(store)
    (store / "sheets/A1.png").write_bytes(b"\x89PNG")
    assert draw(store) == 1
    with Image.open(store / "sheets/A1.png") as picture:
        assert picture.size[0] > 500


def test_synthetic_is_part_of_what_is_drawn(store):
    draw(store)
    assert draw(store, synthetic=True) == 3
    assert "Synthetic cohort" in (store / "sheets/index.html").read_text()


def test_the_picture_of_a_patient_who_failed_since_is_removed(store):
    (store / "sheets").mkdir()
    (store / "sheets/B1.png").write_bytes(b"old")
    draw(store, patients=("A1",))
    assert set(sheets(store)) == {"A1", "A3"}


def test_the_page_lists_everybody_with_decision_and_reason_and_names_stay_text(store):
    draw(store)
    page = (store / "sheets/index.html").read_text()
    for word in ("read: no &lt;file&gt;", "area_jump 0.5 is above 0.4", "liver_ml 100 is below"):
        assert word in page
    assert "<b>" not in page
    assert page.index(">B1<") < page.index(">A3<") < page.index(">A2<") < page.index(">A1<")
    assert "4 patients: 1 failed, 1 exclude, 1 flag, 1 keep." in page
    assert 'src="B1.png"' not in page
    assert 'src="A3.png"' in page


def test_a_patient_whose_slices_are_damaged_is_named_after_the_others_are_drawn(store):
    path = StoreLayout(store).slices("A2")
    content = path.read_bytes()
    # The header stays whole, the mask at the end holds values that no mask has.
    path.write_bytes(content[:-4] + b"\xff" * 4)
    with pytest.raises(ContractError, match=r"1 could not be drawn: A2: .*mask"):
        draw(store)
    assert set(sheets(store)) == {"A1", "A3"}
    assert ">A2<" in (store / "sheets/index.html").read_text()


def test_a_patient_without_slices_has_a_line_and_no_sheet(store):
    StoreLayout(store).slices("A2").unlink()
    assert draw(store) == 2
    assert ">A2<" in (store / "sheets/index.html").read_text()


def test_a_store_without_livers_has_sheets_without_curve(store):
    shutil.rmtree(store / "livers")
    assert draw(store) == 3
