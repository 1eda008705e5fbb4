"""Public sets of NIfTI files are found by their exact names, and nothing is lost in silence."""

import numpy as np
import pytest

from cirrhosis.cohort.care_liver import find_care_liver
from cirrhosis.cohort.cirrmri600 import find_cirrmri600
from cirrhosis.cohort.image_import_settings import (
    CareLiverSettings,
    CirrMriSettings,
    LiverHccSegSettings,
)
from cirrhosis.cohort.image_tables import report_images
from cirrhosis.cohort.liverhccseg import find_liverhccseg
from cirrhosis.contracts.errors import ContractError
from tests.cohort.made_sources import (
    write_care_liver,
    write_cirrmri600,
    write_damaged,
    write_liverhccseg,
    write_nifti,
)


def reasons(images):
    return {one.reason: one.place for one in images.left_out}


def sequences(images):
    return sorted((one.patient_id, one.sequence) for one in images.volumes.values())


@pytest.mark.parametrize("doubled", [False, True])
def test_t1_of_cirrmri_is_portal_venous_and_healthy_people_get_a_prefix(tmp_path, doubled):
    images = find_cirrmri600(write_cirrmri600(tmp_path, doubled=doubled), CirrMriSettings())
    assert sequences(images) == [
        ("1", "pvp"), ("1", "t2"), ("2", "pvp"), ("2", "t2"), ("3", "pvp"), ("4", "t2"),
        ("healthy-1", "pvp"), ("healthy-1", "t2"), ("healthy-2", "pvp"), ("healthy-2", "t2"),
    ]  # fmt: skip
    assert all(one.mask is not None for one in images.volumes.values())
    patients = images.make_patients().set_index("patient_id")
    assert patients["cirrhosis"].to_dict() == {
        "1": 1, "2": 1, "3": 1, "4": 1, "healthy-1": 0, "healthy-2": 0,
    }  # fmt: skip
    assert reasons(images) == {
        "two-dimensional PNG slices are no volumes": "Cirrhosis_T2_2D",
    }


def test_a_patient_on_two_sides_of_the_official_split_is_named(tmp_path):
    images = find_cirrmri600(write_cirrmri600(tmp_path), CirrMriSettings())
    patients = images.make_patients().set_index("patient_id")
    assert patients["official_split"].fillna("").to_dict() == {
        "1": "train", "2": "", "3": "valid", "4": "test", "healthy-1": "", "healthy-2": "",
    }  # fmt: skip
    assert patients.loc["2", ["official_split_pvp", "official_split_t2"]].tolist() == [
        "train",
        "test",
    ]
    told = [note for note in images.notes if "two sides" in note]
    assert told[0].startswith("1 patients stand on two sides of the official split: '2 (pvp train")


def test_a_damaged_volume_and_a_mask_of_another_grid_cost_nobody_else(tmp_path):
    root = write_cirrmri600(tmp_path)
    write_damaged(root / "Cirrhosis_T1_3D" / "train_images" / "1.nii.gz")
    write_nifti(root / "Cirrhosis_T2_3D" / "test_masks" / "4.nii.gz", shape=(4, 5, 7))
    moved = np.diag([2.0, 2.0, 3.0, 1.0])
    moved[0, 3] = 0.2
    write_nifti(root / "Cirrhosis_T1_3D" / "valid_masks" / "3.nii.gz", affine=moved)
    images = find_cirrmri600(root, CirrMriSettings())
    assert ("1", "pvp") not in sequences(images)
    assert ("1", "t2") in sequences(images)
    assert images.volumes["4", "", "t2"].mask is None
    assert images.volumes["3", "", "pvp"].mask is None
    assert reasons(images)["the header cannot be read"].endswith("train_images/1.nii.gz")
    lines = [one for one in images.left_out if "another grid" in one.reason]
    assert len(lines) == 2


def test_a_mask_stored_with_turned_axes_fits_its_volume(tmp_path):
    root = write_cirrmri600(tmp_path)
    turned = np.array([[0, -2.0, 0, 6], [2, 0, 0, 0], [0, 0, -3, 15], [0, 0, 0, 1]])
    mask = root / "Cirrhosis_T1_3D" / "train_masks" / "1.nii.gz"
    write_nifti(mask, affine=turned, shape=(5, 4, 6))
    images = find_cirrmri600(root, CirrMriSettings())
    assert images.volumes["1", "", "pvp"].mask == mask


def test_everything_found_has_a_line_and_lines_of_a_kind_add_up(tmp_path):
    images = find_care_liver(write_care_liver(tmp_path), CareLiverSettings())
    report = report_images(images)
    assert len(report) == len(images.volumes) + len(images.left_out)
    for _, lines in report.groupby("column"):
        assert lines["n"].sum() == lines["n_rows"].iloc[0]
    n_files = len(list(tmp_path.glob("**/*.nii.gz")))
    masks = sum(one.mask is not None for one in images.volumes.values())
    assert (report["column"] == "(volumes)").sum() == n_files - masks


def test_the_stage_of_care_liver_is_the_last_of_the_name_and_the_vendor_its_centre(tmp_path):
    # A folder above that only sounds like validation makes no validation part.
    images = find_care_liver(write_care_liver(tmp_path / "Valentina"), CareLiverSettings())
    patients = images.make_patients().set_index("patient_id")
    assert patients["fibrosis_stage"].fillna("").to_dict() == {
        "0007-B1": "S2", "1075-B2": "S4", "1920-A": "S1", "val-0001-A": "", "val-0002-B1": "",
    }  # fmt: skip
    assert patients.loc["1075-B2", ["center", "fibrosis_scheme"]].tolist() == ["B2", "scheuer"]
    assert patients.loc["val-0002-B1", ["official_part", "missing_modality"]].tolist() == [
        "validation",
        "T1, GED4",
    ]
    assert [one for one in sequences(images) if one[0] == "1075-B2"] == [
        ("1075-B2", name) for name in ("art", "dwi_800", "hbp", "late", "pvp", "t1", "t2")
    ]
    assert images.volumes["1075-B2", "", "hbp"].mask.name == "mask_GED4.nii.gz"
    told = reasons(images)
    assert told["info.csv names a case without a folder"] == "0003-A"
    assert told["no sequence of source.sequences has this name"].endswith("notes.nii.gz")
    assert any("GED2 as pvp" in note for note in images.notes)


def test_the_phases_of_care_liver_follow_the_setting(tmp_path):
    settings = CareLiverSettings(sequences={"T1": "t1", "GED3": "pvp"})
    images = find_care_liver(write_care_liver(tmp_path), settings)
    assert images.volumes["1075-B2", "", "pvp"].path.name == "GED3.nii.gz"


def test_two_folders_of_one_case_are_both_left_out(tmp_path):
    root = write_care_liver(tmp_path)
    write_nifti(root / "LiQA_training_data" / "Vendor_A" / "1920-A-S4" / "T1.nii.gz")
    images = find_care_liver(root, CareLiverSettings())
    assert "1920-A" not in images.patients
    assert reasons(images)["several folders hold a patient of this number and vendor"] == "1920-A"


def test_the_arterial_phase_of_liverhccseg_carries_the_mask(tmp_path):
    images = find_liverhccseg(write_liverhccseg(tmp_path), LiverHccSegSettings())
    first = {key[2]: one for key, one in images.volumes.items() if key[1] == "2001-02-03"}
    assert {name: one.path.name for name, one in first.items()} == {
        "t1": "pre.nii.gz", "art": "art.nii.gz", "pvp": "pv.nii.gz", "late": "del.nii.gz",
    }  # fmt: skip
    assert {name for name, one in first.items() if one.mask} == {"art"}
    assert first["art"].mask.name == "rater1_liver.nii.gz"
    assert {key[1] for key in images.volumes} == {"2001-02-03", "2002-04-05", "2003-06-07"}
    told = reasons(images)
    assert "rater 1 drew no liver in this study" in told
    assert "the study lacks this phase" in told
    assert "tumour masks are not used" in told


def test_registered_phases_and_the_other_rater_are_settings(tmp_path):
    settings = LiverHccSegSettings(phases="registered", rater=2)
    images = find_liverhccseg(write_liverhccseg(tmp_path), settings)
    volumes = {key[2]: one for key, one in images.volumes.items() if key[1] == "2001-02-03"}
    assert volumes["pvp"].path.name == "art_pv.nii.gz"
    assert volumes["art"].path.name == "art.nii.gz"
    assert volumes["art"].mask.name == "rater2_liver.nii.gz"


@pytest.mark.parametrize(
    ("find", "settings"),
    [
        (find_cirrmri600, CirrMriSettings()),
        (find_care_liver, CareLiverSettings()),
        (find_liverhccseg, LiverHccSegSettings()),
    ],
)
def test_a_folder_of_something_else_is_refused_with_what_it_holds(tmp_path, find, settings):
    (tmp_path / "Photos").mkdir()
    with pytest.raises(ContractError, match="but it holds 'Photos'"):
        find(tmp_path, settings)


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        (CirrMriSettings, {"healthy_prefix": ""}, "share numbers"),
        (CirrMriSettings, {"sequences": {"T1": "T 1"}}, "sequences"),
        (CareLiverSettings, {"fibrosis_scheme": "knodell"}, "scheuer"),
        (LiverHccSegSettings, {"phases": "art"}, "native, registered"),
        (LiverHccSegSettings, {"rater": 3}, "1 or 2"),
    ],
)
def test_settings_refuse_unknown_words(kind, values, told):
    with pytest.raises(ValueError, match=told):
        kind(**values)
