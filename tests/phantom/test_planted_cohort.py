"""The planted cohort as a folder: its tables, its bytes, and what it refuses."""

from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.cohort import read_cohort, write_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import silent
from cirrhosis.phantom import planted_cohort
from cirrhosis.phantom.planted_cohort import write_planted_cohort
from cirrhosis.phantom.planted_settings import PlantedSettings

SHAPE = (24, 22, 10)
SPACING_MM = np.array([8.0, 8.0, 12.0])


def make_source(folder, n_donors=3):
    """Write donors with t1 (and its mask, 5 = liver) and t2 (without a mask)."""
    folder.mkdir()
    affine = np.diag([*SPACING_MM * [-1, 1, 1], 1.0])
    offset = (np.moveaxis(np.indices(SHAPE), 0, -1) - (np.array(SHAPE) - 1) / 2) * SPACING_MM
    rows = []
    for number in range(n_donors):
        liver = ((offset / (60 + 5 * number)) ** 2).sum(-1) < 1
        rng = np.random.default_rng(number)
        for sequence in ("t1", "t2"):
            voxels = rng.uniform(100, 200, SHAPE) + 300 * liver
            path = folder / f"d{number}-{sequence}.nii.gz"
            nib.save(nib.Nifti1Image(voxels.astype(np.int16), affine), path)
            rows.append({"patient_id": f"d{number}", "sequence": sequence, "path": path.name})
        mask = 5 * liver.astype(np.uint8)
        mask[0, 0, 0] = 2
        nib.save(nib.Nifti1Image(mask, affine), folder / f"d{number}-mask.nii.gz")
        rows[-2]["liver_mask_path"] = f"d{number}-mask.nii.gz"
    patients = pd.DataFrame({"patient_id": [f"d{number}" for number in range(n_donors)]})
    write_cohort(folder, patients, pd.DataFrame(rows))
    return PlantedSettings(source=str(folder), seed=3, n_positive=2, n_negative=2, liver_label=5)


def write(folder, settings, n_workers=1):
    return write_planted_cohort(folder, settings, n_workers=n_workers, progress=silent)


def read_bytes(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return make_source(tmp_path_factory.mktemp("planted") / "source")


@pytest.fixture(scope="module")
def folder(settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / "cohort"
    write(folder, settings)
    return folder


def test_labels_are_balanced_within_each_donor(folder):
    patients = read_cohort(folder).patients
    assert len(patients) == 12
    assert (patients.groupby("group_id")["planted_label"].mean() == 0.5).all()
    assert set(patients["group_id"]) == {"d0", "d1", "d2"}
    prefixes = patients["patient_id"].str.rsplit("-", n=1).str[0]
    assert (prefixes == patients["group_id"]).all()
    stages = patients.groupby("planted_label")["fibrosis_stage"].unique()
    assert [*map(list, stages)] == [["S0"], ["S4"]]
    assert (patients["synthetic"] == 1).all()


def test_groups_of_the_source_stay_together(tmp_path):
    settings = make_source(tmp_path / "source")
    source = read_cohort(tmp_path / "source")
    family = source.patients.assign(group_id=["family", "family", pd.NA])
    write_cohort(tmp_path / "source", family, source.volumes)
    write(tmp_path / "cohort", settings)
    patients = read_cohort(tmp_path / "cohort").patients
    assert patients.groupby("group_id").size().to_dict() == {"family": 8, "d2": 4}


def test_every_volume_is_a_file_on_the_grid_of_its_source(folder, settings):
    cohort = read_cohort(folder)
    assert cohort.sequences == ["t1", "t2"]
    source = nib.load(f"{settings.source}/d0-t1.nii.gz")
    for row in cohort.volumes.itertuples():
        image = nib.load(cohort.resolve(row.path))
        assert image.shape == SHAPE
        np.testing.assert_allclose(image.affine, source.affine, atol=1e-4)
    masks = cohort.volumes.dropna(subset="liver_mask_path")
    assert set(masks["sequence"]) == {"t1"}
    mask = nib.load(cohort.resolve(masks["liver_mask_path"].iloc[0])).get_fdata()
    assert set(np.unique(mask)) == {0, 1}


def test_number_of_donors_stands_beside_n(folder, settings):
    summary = write(folder, settings)
    assert (summary.n, summary.n_positive, summary.n_donors) == (12, 6, 3)
    assert "n = 12 variants (6 positive) of 3 donors" in str(summary)


def test_truth_names_strength_amplitude_and_seed(folder):
    truth = pd.read_csv(folder / "truth" / "planted.csv", dtype={"seed": str})
    assert truth["seed"].nunique() == 12
    positive = truth["planted_label"] == 1
    assert (truth.loc[positive, "nodularity_mm"] > 0).all()
    assert (truth.loc[~positive, ["strength", "nodularity_mm", "texture_share"]] == 0).all(None)
    assert (truth["operated"] == 1).all()
    assert truth["place_x_mm"].isna().all()


def test_local_places_are_recorded_for_both_classes(settings, tmp_path):
    write(tmp_path / "local", replace(settings, extent="local", n_positive=1, n_negative=1))
    truth = pd.read_csv(tmp_path / "local" / "truth" / "planted.csv")
    places = truth[[f"place_{axis}_mm" for axis in "xyz"]]
    assert places.notna().all(None)
    assert (truth["place_sequence"] == "t1").all()


def test_untouched_negatives_are_marked(settings, tmp_path):
    changed = replace(settings, control="sham_vs_untouched", n_positive=1, n_negative=1)
    summary = write(tmp_path / "control", changed)
    truth = pd.read_csv(tmp_path / "control" / "truth" / "planted.csv")
    assert truth.groupby("planted_label")["operated"].unique().str[0].to_dict() == {0: 0, 1: 1}
    assert (truth["nodularity_mm"] == 0).all()
    assert str(summary).startswith("sham_vs_untouched")


def test_same_seed_gives_the_same_bytes_with_any_number_of_workers(folder, settings, tmp_path):
    write(tmp_path / "again", settings, n_workers=2)
    assert read_bytes(tmp_path / "again") == read_bytes(folder)


def test_other_seed_gives_other_variants(folder, settings, tmp_path):
    write(tmp_path / "other", replace(settings, seed=4))
    name = "volumes/d0-p0/t1.nii.gz"
    assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_interrupted_cohort_is_continued(folder, settings, tmp_path, monkeypatch):
    def stop_after(limit):
        original, made = planted_cohort.make_variant, []

        def make(*args):
            made.append(args)
            if len(made) > limit:
                raise InterruptedError
            return original(*args)

        return make

    with monkeypatch.context() as patch:
        patch.setattr(planted_cohort, "make_variant", stop_after(5))
        with pytest.raises(InterruptedError):
            write(tmp_path / "begun", settings)
    assert not (tmp_path / "begun" / "patients.csv").exists()
    monkeypatch.setattr(planted_cohort, "make_variant", stop_after(12 - 5))
    write(tmp_path / "begun", settings)
    assert read_bytes(tmp_path / "begun") == read_bytes(folder)


def test_complete_cohort_is_kept(folder, settings, monkeypatch):
    monkeypatch.setattr(planted_cohort, "make_variant", None)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    write(folder, settings)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_folder_of_other_settings_is_refused(folder, settings):
    with pytest.raises(ContractError, match=r"same settings, but 1 differ: 'strength: 1\.0 there"):
        write(folder, replace(settings, strength=0.5))


def test_folder_of_something_else_is_refused(settings, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ContractError, match=r"it holds 'thesis\.txt' and no settings\.json"):
        write(tmp_path, settings)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_source_without_masks_is_refused(tmp_path):
    settings = make_source(tmp_path / "source")
    source = read_cohort(tmp_path / "source")
    bare = source.volumes.drop(columns="liver_mask_path")
    write_cohort(tmp_path / "source", source.patients, bare)
    with pytest.raises(ContractError, match="expected volumes with liver masks, but none of 6"):
        write(tmp_path / "cohort", settings)
    assert not (tmp_path / "cohort").exists()


def test_source_without_volumes_is_refused(tmp_path):
    settings = make_source(tmp_path / "source")
    source = read_cohort(tmp_path / "source")
    write_cohort(tmp_path / "source", source.patients, source.volumes.iloc[:0])
    with pytest.raises(ContractError, match="expected volumes with liver masks, but none of 0"):
        write(tmp_path / "cohort", settings)


def test_single_donor_is_refused(tmp_path):
    settings = make_source(tmp_path / "source", n_donors=1)
    with pytest.raises(ContractError, match=r"expected at least 2 donors .* but 1 can be used"):
        write(tmp_path / "cohort", settings)
    assert not (tmp_path / "cohort").exists()


def damage(source, kind):
    path = source / "d1-t2.nii.gz"
    if kind == "absent":
        path.unlink()
    elif kind == "truncated":
        path.write_bytes(path.read_bytes()[:-40])
    elif kind == "corrupted":
        content = path.read_bytes()
        # The last eight bytes are checksum and length.
        path.write_bytes(content[:-8] + bytes(4) + content[-4:])
    elif kind == "not an image":
        path.write_bytes(b"no volume")
    elif kind == "without liver":
        mask = nib.load(source / "d1-mask.nii.gz")
        kidney = 2 * (np.asarray(mask.dataobj) > 0).astype(np.uint8)
        nib.save(nib.Nifti1Image(kidney, mask.affine), source / "d1-mask.nii.gz")
    elif kind == "on another grid":
        mask = nib.load(source / "d1-mask.nii.gz")
        moved = nib.Nifti1Image(np.asarray(mask.dataobj), mask.affine + np.eye(4, k=3))
        nib.save(moved, source / "d1-mask.nii.gz")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("absent", "there is none"),
        ("truncated", "the file is damaged"),
        ("corrupted", "the file is damaged"),
        ("not an image", "the file is damaged"),
        ("without liver", "expected voxels of 5 for the liver, but found only the values '0', '2'"),
        ("on another grid", "expected the liver mask on the grid of its volume"),
    ],
)
def test_unusable_donor_is_listed_and_left_out(tmp_path, kind, reason):
    settings = replace(make_source(tmp_path / "source"), n_positive=1, n_negative=1)
    damage(tmp_path / "source", kind)
    summary = write(tmp_path / "cohort", settings)
    assert (summary.n, summary.n_donors) == (4, 2)
    assert reason in summary.failures["d1"]
    assert "1 donors left out: 'd1'" in str(summary)
    listed = pd.read_csv(tmp_path / "cohort" / "failures.csv")
    assert listed["donor_id"].tolist() == ["d1"]
    assert set(read_cohort(tmp_path / "cohort").patients["group_id"]) == {"d0", "d2"}
    assert not list((tmp_path / "cohort" / "volumes").glob("d1-*"))


def test_too_few_usable_donors_are_refused_with_the_reason(tmp_path):
    settings = make_source(tmp_path / "source", n_donors=2)
    damage(tmp_path / "source", "absent")
    with pytest.raises(ContractError, match=r"but 1 can be used: 'd0'; d1: .* there is none"):
        write(tmp_path / "cohort", settings)


def test_no_worker_is_refused(settings, tmp_path):
    with pytest.raises(ValueError, match="expected n_workers of at least 1, got 0"):
        write(tmp_path / "cohort", settings, n_workers=0)


@pytest.mark.slow
def test_real_livers_have_no_shortcut(shared_data, tmp_path):
    """Brightness and volume of the liver alone must not tell positives from negatives."""
    chaos = shared_data / "data" / "chaos_t2"
    names = [path.name[6:-7] for path in sorted(chaos.glob("image_*.nii.gz"))]
    volumes = [
        {
            "patient_id": name,
            "sequence": "t2",
            "path": str(chaos / f"image_{name}.nii.gz"),
            "liver_mask_path": str(chaos / f"label_{name}.nii.gz"),
        }
        for name in names
    ]
    patients = pd.DataFrame({"patient_id": names})
    write_cohort(tmp_path / "source", patients, pd.DataFrame(volumes))
    settings = PlantedSettings(source=str(tmp_path / "source"), seed=1, liver_label=1)
    summary = write(tmp_path / "cohort", settings)
    assert (summary.n, summary.n_donors) == (112, 14)
    assert summary.auroc_liver_volume < 0.65
    assert summary.auroc_liver_mean < 0.65
