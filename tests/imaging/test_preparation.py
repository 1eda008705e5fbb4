import json
import os
import shutil
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.cohort import read_cohort, write_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import StoreLayout, check_settings, read_manifest, read_slices
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.imaging.lock import only_writer
from cirrhosis.imaging.nifti import read_nifti
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.settings import PrepareSettings
from tests.imaging.made_cohort import (
    PATIENTS,
    SETTINGS,
    contents,
    prepare,
    times,
)
from tests.imaging.made_volumes import abdomen, write

EVERYTHING = {"livers": 4, "measures": 4, "slices": 4, "transforms": 4}


@pytest.fixture
def copied(made, tmp_path):
    # Times are kept, so that what is rewritten can be told.
    shutil.copytree(made[0], tmp_path / "made", copy_function=shutil.copy2)
    return tmp_path / "made"


def test_every_patient_is_prepared(made):
    folder, summary = made
    assert (summary.n_patients, summary.n_prepared, len(summary.failures)) == (4, 4, 0)
    assert summary.computed == EVERYTHING
    assert summary.reused == {}
    for patient in PATIENTS:
        slices = read_slices(StoreLayout(folder / "store").slices(patient))
        assert set(slices.images) == {"pvp", "t1", "t2"}
        assert slices.mask.shape == (5, 32, 32)
        assert slices.mask.any(axis=(1, 2)).all()
        assert len(set(slices.record["indices"])) == 5


def test_manifest_answers_what_training_asks(made):
    manifest = read_manifest(made[0] / "store")
    check_settings(manifest, {"intensities.image_size": 32, "slices.count": 5})
    with pytest.raises(ContractError, match="store 32, asked 64"):
        check_settings(manifest, {"intensities.image_size": 64})
    assert manifest.sequences == ("pvp", "t1", "t2")
    assert set(manifest.patients) == set(PATIENTS)


def test_sequences_are_aligned_in_the_store(copied):
    transforms = json.loads((copied / "store/transforms/A4.json").read_text())
    assert set(transforms) == {"t1", "t2"}
    assert all(entry["flags"] == [] for entry in transforms.values())
    registration = RegistrationSettings(method="none")
    prepare(copied, "moved", replace(SETTINGS, registration=registration))
    write(abdomen("t1", seed=3), copied / "volumes/A4_t1.nii.gz")
    prepare(copied, "truth", replace(SETTINGS, registration=registration))
    moved, registered, truth = (t1_slices(copied / name) for name in ("moved", "store", "truth"))
    assert np.abs(registered - truth).mean() < 0.7 * np.abs(moved - truth).mean()


def t1_slices(store):
    return read_slices(StoreLayout(store).slices("A4")).images["t1"].astype(float)


def test_liver_artefact_lies_on_the_fixed_grid(made):
    mask = volume_of(read_nifti(made[0] / "store/livers/A1.nii.gz"))
    assert mask.same_grid(read_volume(made[0] / "volumes/A1_pvp.nii.gz"))


def test_quality_has_a_row_per_patient_and_sequence(made):
    table = pd.read_csv(made[0] / "store/qc.csv")
    assert len(table) == 12
    moving = table[table["sequence"] != "pvp"]
    assert (moving["information_after"] > moving["information_before"]).all()
    assert (moving["translation_mm"] > 2).all()
    assert table.loc[table["sequence"] == "pvp", "registration_method"].eq("fixed").all()
    assert table["liver_ml"].between(300, 700).all()


def test_running_again_repeats_nothing(copied):
    before = contents(copied / "store")
    written = times(copied / "store")
    summary = prepare(copied, "store")
    assert summary.computed == {}
    assert summary.reused == EVERYTHING
    assert contents(copied / "store") == before
    assert times(copied / "store") == written


def test_workers_do_not_change_a_byte(made):
    folder, _ = made
    prepare(folder, "parallel", n_workers=2)
    one, two = contents(folder / "store"), contents(folder / "parallel")
    renamed = {name: one[name] for name in one if name != "manifest.json"}
    assert renamed == {name: two[name] for name in two if name != "manifest.json"}
    manifests = [read_manifest(folder / name) for name in ("store", "parallel")]
    assert manifests[0] == replace(manifests[1], name="store")


IMAGES = replace(SETTINGS, intensities=replace(SETTINGS.intensities, image_size=24))
FEWER = replace(SETTINGS, slices=replace(SETTINGS.slices, minimum_area_fraction=0.2))
SEED = replace(SETTINGS, registration=replace(SETTINGS.registration, seed=3))
WHOLE = replace(SETTINGS, liver=replace(SETTINGS.liver, largest_component=False))


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (IMAGES, {"slices", "measures"}),
        (FEWER, {"slices", "measures"}),
        (SEED, {"transforms", "slices", "measures"}),
        # The livers are one part each: the same masks, so nothing after them changes.
        (WHOLE, {"livers"}),
    ],
)
def test_a_changed_setting_recomputes_what_depends_on_it(copied, settings, changed):
    written = times(copied / "store")
    summary = prepare(copied, "store", settings)
    now = times(copied / "store")
    assert {name.split("/")[0] for name in now if now[name] != written[name]} == changed
    assert set(summary.computed) == changed
    prepare(copied, "fresh", settings)
    fresh, store = contents(copied / "fresh"), contents(copied / "store")
    assert {n: fresh[n] for n in fresh if n != "manifest.json"} == {
        n: store[n] for n in store if n != "manifest.json"
    }


def test_a_changed_volume_recomputes_its_patient_only(copied):
    written = times(copied / "store")
    write(abdomen("t1", seed=99), copied / "volumes/A2_t1.nii.gz")
    prepare(copied, "store")
    now = times(copied / "store")
    changed = {name for name in now if now[name] != written[name]}
    assert changed == {"transforms/A2.json", "slices/A2.safetensors", "measures/A2.json"}


@pytest.mark.parametrize(
    "artefact",
    [
        "livers/A1.nii.gz",
        "livers/A1.json",
        "transforms/A1.json",
        "slices/A1.safetensors",
        "measures/A1.json",
    ],
)
def test_a_damaged_artefact_is_made_anew(copied, artefact):
    before = contents(copied / "store")
    path = copied / "store" / artefact
    path.write_bytes(path.read_bytes()[:-20])
    prepare(copied, "store")
    assert contents(copied / "store") == before


def test_a_patient_who_left_the_split_leaves_the_manifest(copied):
    splits = read_splits(copied / "splits.csv")
    splits = replace(splits, table=splits.table[splits.table["patient_id"].isin(["A2", "A3"])])
    summary = prepare(copied, "store", splits=splits)
    assert set(summary.manifest.patients) == {"A2", "A3"}
    assert summary.computed == {}


@pytest.fixture
def broken(copied):
    """Four patients, three of them broken in a way of their own, and no store."""
    shutil.rmtree(copied / "store")
    (copied / "volumes/A1_t1.nii.gz").write_bytes(b"no image")
    (copied / "masks/A2.nii.gz").unlink()
    cohort = read_cohort(copied)
    rows = cohort.volumes
    rows = rows[(rows["patient_id"] != "A3") | (rows["sequence"] != "t2")]
    write_cohort(copied, cohort.patients, rows)
    return copied


@pytest.mark.parametrize("n_workers", [1, 2])
def test_broken_patients_cost_nobody_else(broken, n_workers):
    summary = prepare(broken, "store", n_workers=n_workers)
    failures = pd.read_csv(broken / "store/failures.csv").set_index("patient_id")
    assert failures["stage"].to_dict() == {"A1": "read", "A2": "liver", "A3": "study"}
    assert "cannot be unpacked" in failures.loc["A1", "reason"]
    assert "expected a file at" in failures.loc["A2", "reason"]
    assert "'t2' is absent" in failures.loc["A3", "reason"]
    assert set(summary.manifest.patients) == {"A4"}
    assert summary.n_patients == 4
    assert not list((broken / "store").rglob(".partial-*"))


def test_a_missing_sequence_may_be_skipped(broken):
    settings = replace(SETTINGS, on_missing="skip")
    summary = prepare(broken, "store", settings)
    assert set(summary.manifest.patients) == {"A3", "A4"}
    slices = read_slices(StoreLayout(broken / "store").slices("A3"))
    assert set(slices.images) == {"pvp", "t1"}
    assert read_manifest(broken / "store") == summary.manifest
    assert summary.manifest.absent == {"A3": ("t2",)}
    rows = pd.read_csv(broken / "store/qc.csv").groupby("patient_id")["sequence"].agg(list)
    assert rows.to_dict() == {"A3": ["pvp", "t1"], "A4": ["pvp", "t1", "t2"]}


def test_a_sequence_that_came_later_is_added(copied):
    cohort = read_cohort(copied)
    late = (cohort.volumes["patient_id"] == "A3") & (cohort.volumes["sequence"] == "t2")
    settings = replace(SETTINGS, on_missing="skip")
    write_cohort(copied, cohort.patients, cohort.volumes[~late])
    before = prepare(copied, "store", settings).manifest
    write_cohort(copied, cohort.patients, cohort.volumes)
    after = prepare(copied, "store", settings)
    assert (before.absent, after.manifest.absent) == ({"A3": ("t2",)}, {})
    assert after.computed == {"measures": 1, "slices": 1, "transforms": 1}
    assert before.data_hash != after.manifest.data_hash


def fail_unforeseen(path, series=""):
    if "A2_pvp" in path.name:
        raise ZeroDivisionError("unforeseen")
    if "A3_pvp" in path.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_volume(path)


def test_unforeseen_errors_and_killed_processes_are_failures(copied):
    summary = prepare(copied, "other", n_workers=2, reader=fail_unforeseen)
    assert set(summary.manifest.patients) == {"A1", "A4"}
    reasons = summary.failures.set_index("patient_id")
    assert reasons.loc["A2"].tolist() == ["read", "ZeroDivisionError: unforeseen"]
    assert reasons.loc["A3", "stage"] == "process"


def test_the_target_need_not_be_stored(copied):
    settings = replace(SETTINGS, sequences=("t2", "t1"))
    summary = prepare(copied, "pair", settings)
    assert summary.manifest.sequences == ("t1", "t2")
    slices = read_slices(StoreLayout(copied / "pair").slices("A1"))
    assert set(slices.images) == {"t1", "t2"}
    # The same slices as where the target is stored too.
    stored = read_slices(StoreLayout(copied / "store").slices("A1"), ("t1",))
    assert np.array_equal(stored.images["t1"], slices.images["t1"])


def test_a_target_nobody_has_is_refused(copied):
    registration = RegistrationSettings(target="dwi")
    with pytest.raises(ContractError, match="expected the fixed sequence 'dwi'"):
        prepare(copied, "other", replace(SETTINGS, registration=registration))


def test_unknown_sequences_and_words_are_refused(copied):
    with pytest.raises(ContractError, match="'dwi' is not among them"):
        prepare(copied, "other", replace(SETTINGS, sequences=("dwi",)))
    with pytest.raises(ContractError, match="one of fail, skip"):
        PrepareSettings(on_missing="hope")


def test_unfinished_files_of_a_killed_run_are_removed(copied):
    stale = copied / "store/slices/.partial-00ff00ff-A1.safetensors"
    stale.write_bytes(b"half")
    (copied / "store/.partial-00ff00ff-qc.csv").write_bytes(b"half")
    prepare(copied, "store")
    assert not list((copied / "store").rglob(".partial-*"))


def test_two_writers_of_one_store_are_refused(copied):
    with only_writer(copied / "store"), pytest.raises(ContractError, match="only one that writes"):
        prepare(copied, "store")


def test_an_interrupted_store_has_no_manifest(copied):
    def stop(items, *, total, label):
        yield next(iter(items))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(copied, "store", IMAGES, progress=stop)
    with pytest.raises(ContractError, match="it has no manifest"):
        read_manifest(copied / "store")


def test_progress_is_told_the_number_of_patients(copied):
    told = []

    def watch(items, *, total, label):
        told.append((total, label))
        yield from items

    prepare(copied, "store", progress=watch)
    assert told == [(4, "prepare")]


def test_synthetic_cohorts_are_marked(copied):
    assert not read_manifest(copied / "store").synthetic
    assert prepare(copied, "store", synthetic=True).manifest.synthetic
