"""A made folder: bytes, orientation, known motion, shortcuts, and what happens on a rerun."""

import hashlib
import json

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import silent
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_cohort import make_plans, write_digital_cohort
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.examination import examine
from cirrhosis.phantom.hardness import describe_hardness, estimate_hardness, measure_liver
from cirrhosis.phantom.motions import STILL, PatientMotion, make_motions
from cirrhosis.phantom.severity import make_severity

# Grids that take a tenth of the time; what is tested does not depend on them.
SMALL = {"in_plane_voxels": 48, "n_slices": 16}
PIVOT_MM = np.array([-50.0, 0.0, 0.0])


def make_cohort(folder, n_workers=1, **changes):
    settings = DigitalSettings(**({"n_patients": 5, "seed": 4} | SMALL | changes))
    return write_digital_cohort(folder, settings, n_workers=n_workers, progress=silent)


def hash_files(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digital") / "cohort"
    make_cohort(folder)
    return folder


def test_same_seed_gives_same_bytes_with_any_number_of_workers(folder, tmp_path):
    make_cohort(tmp_path / "again", n_workers=2)
    assert hash_files(tmp_path / "again") == hash_files(folder)


def test_other_seed_gives_other_bytes(folder, tmp_path):
    make_cohort(tmp_path, n_patients=1, seed=5)
    name = "volumes/digital-00000/t1.nii.gz"
    assert hash_files(tmp_path)[name] != hash_files(folder)[name]


def test_patient_is_the_same_in_a_larger_cohort(folder, tmp_path):
    make_cohort(tmp_path, n_patients=8)
    small, large = hash_files(folder), hash_files(tmp_path)
    mine = [name for name in small if "digital-00003" in name]
    assert len(mine) == 6
    assert all(small[name] == large[name] for name in mine)
    rows = [read_cohort(place).patients.set_index("patient_id") for place in (folder, tmp_path)]
    pd.testing.assert_series_equal(rows[0].loc["digital-00003"], rows[1].loc["digital-00003"])


def test_contract_reads_the_folder(folder):
    cohort = read_cohort(folder)
    assert cohort.sequences == ["pvp", "t1", "t2"]
    assert len(cohort.volumes) == 15
    assert all(cohort.resolve(path).is_file() for path in cohort.volumes["liver_mask_path"])
    assert "Synthetic data" in (folder / "SYNTHETIC.txt").read_text()
    assert cohort.patients["manufacturer"].str.contains("synthetic").all()


def test_sequences_have_their_own_orientation_grid_and_numbers(folder):
    images = {
        name: nib.load(folder / f"volumes/digital-00000/{name}.nii.gz")
        for name in ("t1", "t2", "pvp")
    }
    codes = {name: "".join(nib.aff2axcodes(image.affine)) for name, image in images.items()}
    assert codes == {"t1": "LAS", "t2": "RAS", "pvp": "LPS"}
    assert len({image.shape for image in images.values()}) == 3
    for name, image in images.items():
        mask = nib.load(folder / f"volumes/digital-00000/{name}_liver.nii.gz")
        assert image.get_data_dtype() == np.int16
        assert mask.get_data_dtype() == np.uint8
        np.testing.assert_array_equal(mask.affine, image.affine)
        assert np.unique(np.asarray(mask.dataobj)).tolist() == [0, 1]
        np.testing.assert_allclose(image.get_qform(), image.affine, atol=1e-3)


def test_liver_lies_on_the_right_of_the_patient_and_is_a_liver_in_size(folder):
    for name in ("t1", "t2", "pvp"):
        mask = nib.load(folder / f"volumes/digital-00001/{name}_liver.nii.gz")
        index = np.argwhere(np.asarray(mask.dataobj) > 0)
        center_ras = nib.affines.apply_affine(mask.affine, index).mean(axis=0)
        assert center_ras[0] > 20, name
        litres = len(index) * abs(np.linalg.det(mask.affine[:3, :3])) / 1e6
        assert 0.7 < litres < 3.0, name


def dice_after_undoing_motion(folder, patient_id, sequence, motion):
    """Sample the moved liver mask where the known motion puts each pvp voxel."""
    fixed = nib.load(folder / f"volumes/{patient_id}/pvp_liver.nii.gz")
    moving = nib.load(folder / f"volumes/{patient_id}/{sequence}_liver.nii.gz")
    to_lps = np.diag([-1.0, -1.0, 1.0])
    index = np.indices(fixed.shape).reshape(3, -1).T
    fixed_lps = nib.affines.apply_affine(fixed.affine, index) @ to_lps
    turn = Rotation.from_rotvec([motion[f"rotation_{a}_deg"] for a in "xyz"], degrees=True)
    shift = np.array([motion[f"translation_{a}_mm"] for a in "xyz"])
    moved_lps = turn.apply(fixed_lps - PIVOT_MM) + PIVOT_MM + shift
    place = nib.affines.apply_affine(np.linalg.inv(moving.affine), moved_lps @ to_lps)
    sampled = ndimage.map_coordinates(moving.get_fdata(), place.T, order=1) > 0.5
    truth = np.asarray(fixed.dataobj).ravel() > 0
    return 2 * (sampled & truth).sum() / (sampled.sum() + truth.sum())


def test_known_motion_brings_the_livers_together(tmp_path):
    make_cohort(tmp_path, n_patients=3, motion_sd_mm=8.0, motion_sd_deg=4.0)
    motions = pd.read_csv(tmp_path / "truth" / "motions.csv").set_index(["patient_id", "sequence"])
    still = motions.loc[("digital-00000", "pvp")]
    for patient_id in ("digital-00000", "digital-00001", "digital-00002"):
        for sequence in ("t1", "t2"):
            moved = motions.loc[(patient_id, sequence)]
            aligned = dice_after_undoing_motion(tmp_path, patient_id, sequence, moved)
            ignored = dice_after_undoing_motion(tmp_path, patient_id, sequence, still)
            assert aligned > 0.88
            assert aligned > ignored


def largest(motion):
    return np.linalg.norm(motion.translation_mm), np.linalg.norm(motion.rotation_deg)


def test_motion_is_bounded():
    for number in range(200):
        for motion in make_motions(number, seed=0, sd_mm=15.0, sd_deg=8.0).values():
            assert motion.organs == motion.wall
            assert (np.array(largest(motion.organs)) <= (15.001, 8.001)).all()


def test_breathing_moves_organs_along_the_body_and_hardly_the_wall():
    steps = []
    for number in range(200):
        for motion in make_motions(number, seed=0, sd_mm=15.0, sd_deg=8.0, breathing=True).values():
            assert (np.array(largest(motion.organs)) <= (15.001, 5.001)).all()
            assert (np.array(largest(motion.wall)) <= (2.001, 1.001)).all()
            steps.append(np.abs(motion.organs.translation_mm))
    right, back, up = np.mean(steps, axis=0)
    assert up > 2 * back > 2 * right


def test_breathing_writes_both_motions_and_another_liver_place(tmp_path):
    make_cohort(tmp_path, n_patients=2, motion="breathing", motion_sd_mm=8.0)
    organs, wall = (
        pd.read_csv(tmp_path / "truth" / name).set_index(["patient_id", "sequence"])
        for name in ("motions.csv", "wall_motions.csv")
    )
    assert organs.index.equals(wall.index)
    moved = organs.loc[("digital-00001", "t1")]
    assert dice_after_undoing_motion(tmp_path, "digital-00001", "t1", moved) > 0.88
    assert read_settings(tmp_path)["motion"] == "breathing"


def read_settings(folder):
    return json.loads((folder / "settings.json").read_text())


def test_breathing_shifts_the_liver_and_leaves_the_spine():
    settings = DigitalSettings(n_patients=1, seed=4, bias_field=0.0, **SMALL)
    severity = make_severity(1, 4, signal="default")
    (plan,) = make_plans(make_clinical_table(severity, settings), severity, settings)
    # To the side too: what runs along the body looks the same after a step up.
    up = PatientMotion(STILL._replace(translation_mm=(6.0, 0.0, 12.0)), STILL)
    rest, breath = (
        next(examine(plan, settings, {"t1": motion}))
        for motion in (PatientMotion(STILL, STILL), up)
    )

    def heights(scan):
        return scan.grid.positions()[2, scan.liver_mask.ravel() > 0]

    assert heights(breath).mean() - heights(rest).mean() == pytest.approx(12, abs=0.5)
    x, y, _ = rest.grid.positions()
    for inside in ((abs(x) < 34) & (y > 62), y < -100):
        assert np.array_equal(rest.volume.ravel()[inside], breath.volume.ravel()[inside])
    assert not np.array_equal(rest.volume, breath.volume)


def test_folders_of_another_motion_are_refused(folder, tmp_path):
    # Folders begun before there was breathing have no word for it.
    assert "motion" not in read_settings(folder)
    with pytest.raises(ContractError, match="'motion: None there, breathing here'"):
        make_cohort(folder, motion="breathing")
    make_cohort(tmp_path, n_patients=1, motion="breathing")
    with pytest.raises(ContractError, match="motion: breathing there"):
        make_cohort(tmp_path, n_patients=1)


def test_complete_folder_is_left_alone(folder, caplog):
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with caplog.at_level("INFO"):
        hardness = make_cohort(folder)
    assert "nothing to do" in caplog.text
    assert hardness.latent_severity.n == 5
    assert times == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_interrupted_cohort_goes_on_and_keeps_whole_files(folder, tmp_path):
    make_cohort(tmp_path)
    kept = [tmp_path / f"volumes/digital-0000{number}/t1.nii.gz" for number in (0, 2)]
    for name in ("hardness.json", "patients.csv", "volumes/digital-00002/t2.nii.gz"):
        (tmp_path / name).unlink()
    before = [path.stat().st_mtime_ns for path in kept]
    make_cohort(tmp_path)
    assert [path.stat().st_mtime_ns for path in kept] == before
    assert hash_files(tmp_path) == hash_files(folder)


def test_other_settings_are_refused(folder):
    with pytest.raises(ContractError, match=r"same settings, but 1 differ: 'seed: 4 there, 9 here"):
        make_cohort(folder, seed=9)


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ContractError, match=r"holds 'letter.txt' and no settings.json"):
        make_cohort(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_no_worker_is_refused(tmp_path):
    with pytest.raises(ValueError, match="n_workers of at least 1, got 0"):
        make_cohort(tmp_path / "cohort", n_workers=0)


def examine_coarsely(n, seed, **changes):
    """Patients on a coarse grid, in memory: liver measures, severity and class."""
    settings = DigitalSettings(**({"n_patients": n, "seed": seed} | SMALL | changes))
    severity = make_severity(n, seed, signal=settings.signal)
    patients = make_clinical_table(severity, settings)
    measures = {name: [] for name in ("t1", "t2", "pvp")}
    spread = {name: [] for name in measures}
    for plan in make_plans(patients, severity, settings):
        for scan in examine(plan, settings):
            measures[scan.sequence].append(measure_liver(scan.volume, scan.liver_mask))
            inside = scan.volume[scan.liver_mask > 0].astype(float)
            spread[scan.sequence].append(inside.std() / inside.mean())
    y_true = (patients["fibrosis_stage"] == "S4").to_numpy().astype(int)
    return estimate_hardness(y_true, severity["severity"], measures), severity, spread


def test_shortcuts_do_not_solve_the_cohort():
    # With no shortcut and n = 120 (78 positive) the standard error is 0.055, so the larger of
    # both directions exceeds 0.70 by chance in fewer than one of a thousand seeds.
    hardness, _, _ = examine_coarsely(120, 1)
    assert hardness.mean_intensity.value < 0.70
    assert hardness.liver_area.value < 0.70
    assert not hardness.has_shortcut
    assert "liver area alone" in describe_hardness(hardness)


@pytest.mark.parametrize("signal", ["default", "pvp", "none"])
def test_texture_follows_severity_where_the_signal_is(signal):
    _, severity, spread = examine_coarsely(60, 2, signal=signal, incomplete_labs_fraction=0.0)
    for sequence in ("t1", "t2", "pvp"):
        correlation = severity["severity"].corr(pd.Series(spread[sequence]), method="spearman")
        # The standard error of a rank correlation of nothing at n = 60 is 0.13.
        if signal == "default" or sequence == signal:
            assert correlation > 0.35, sequence
        else:
            assert abs(correlation) < 0.40, sequence
