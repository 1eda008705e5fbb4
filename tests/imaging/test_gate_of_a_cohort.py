import shutil
from dataclasses import replace

import pandas as pd
import pytest

from cirrhosis.contracts.cohort import read_cohort, write_cohort
from cirrhosis.contracts.store import StoreLayout, read_manifest
from cirrhosis.imaging.quality_settings import Limit, QualitySettings
from tests.imaging.made_cohort import PATIENTS, SETTINGS, prepare, times

# Nothing is registered, so that a store takes a second.
QUICK = replace(SETTINGS, registration=replace(SETTINGS.registration, method="none"))


@pytest.fixture
def store(made, tmp_path):
    """The folder of a cohort with a store, and its manifest."""
    folder = tmp_path / "made"
    shutil.copytree(made[0], folder, copy_function=shutil.copy2)
    shutil.rmtree(folder / "store")
    return folder, prepare(folder, "store", QUICK).manifest


def limited(**limits):
    return replace(QUICK, quality=replace(QualitySettings(), **limits))


def test_limits_alone_change_no_artefact_and_leave_out_whom_they_say(store):
    folder, before = store
    layout = StoreLayout(folder / "store")
    written = times(layout.folder)
    volumes = pd.read_csv(layout.qc).groupby("patient_id")["liver_ml"].first()
    lowest = volumes.min()
    poor = sorted(volumes.index[volumes == lowest])
    assert 0 < len(poor) < len(PATIENTS)
    summary = prepare(
        folder, "store", limited(liver_ml_hopeless=Limit(lowest + 1, None, "exclude"))
    )
    assert summary.computed == {}
    assert times(layout.folder) == written
    assert set(summary.manifest.patients) == set(PATIENTS) - set(poor)
    assert read_manifest(layout.folder) == summary.manifest
    assert summary.manifest.data_hash != before.data_hash
    assert summary.excluded == {"liver_ml": len(poor)}
    failures = pd.read_csv(layout.failures)
    assert failures["patient_id"].tolist() == poor
    assert set(failures["stage"]) == {"quality"}
    assert failures["reason"].str.startswith("liver_ml").all()
    # Their slices and rows stay for the eyes of a person.
    assert all(layout.slices(patient).is_file() for patient in poor)
    decisions = pd.read_csv(layout.qc).groupby("patient_id")["decision"].agg(set)
    assert decisions[poor].eq({"exclude"}).all()
    assert prepare(folder, "store", QUICK).manifest == before


def test_flags_do_not_touch_the_fingerprint_of_the_data(store):
    folder, before = store
    summary = prepare(folder, "store", limited(liver_ml=Limit(None, None, "keep")))
    assert summary.manifest.data_hash == before.data_hash
    assert summary.n_flagged < len(PATIENTS)
    assert summary.manifest.quality["liver_ml"] == {"low": None, "high": None, "decides": "keep"}


def test_decisions_and_reasons_stand_in_every_row(store):
    table = pd.read_csv(store[0] / "store" / "qc.csv", keep_default_na=False)
    assert set(table["decision"]) == {"flag"}
    assert table["reasons"].str.contains("liver_ml .* is below 600").all()


def test_without_contrast_agent_no_file_of_it_is_needed(store):
    folder, _ = store
    for path in folder.glob("volumes/*_pvp.nii.gz"):
        path.unlink()
    cohort = read_cohort(folder)
    masks = {patient: f"masks/{patient}.nii.gz" for patient in PATIENTS}
    rows = cohort.volumes.assign(liver_mask_path=cohort.volumes["patient_id"].map(masks))
    write_cohort(folder, cohort.patients, rows)
    registration = replace(QUICK.registration, target="t1")
    settings = replace(QUICK, registration=registration, sequences=("t1", "t2"))
    summary = prepare(folder, "native", settings)
    assert summary.failures.empty
    assert summary.manifest.sequences == ("t1", "t2")
    # What is asked for and absent costs the patients, and is named.
    assert set(prepare(folder, "all", QUICK).failures["stage"]) == {"read"}
