from dataclasses import replace

import pandas as pd
import pytest

from cirrhosis.contracts.cohort import Cohort, check_volumes
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import Splits
from cirrhosis.imaging.studies import find_studies
from cirrhosis.imaging.study import PatientStudy, VolumeFile

SEQUENCES = ("t1", "t2")


def cohort_of(tmp_path, rows):
    patients = pd.DataFrame({"patient_id": ["A", "B"]})
    columns = ["patient_id", "study_date", "sequence", "path", "liver_mask_path"]
    volumes = check_volumes(pd.DataFrame(rows, columns=columns), patients)
    return Cohort(tmp_path, patients, volumes)


def splits_of(date):
    table = pd.DataFrame(
        {
            "patient_id": pd.Series(["A", "B"], dtype="string"),
            "study_date": pd.Series([date, None], dtype="string"),
            "excluded_for": pd.Series([None, "no MRI"], dtype="string"),
        }
    )
    return Splits("made", "0" * 64, table)


def found(cohort, date, *, target="t1", sequences=SEQUENCES, on_missing="fail"):
    studies = dict(
        find_studies(
            cohort, splits_of(date), target=target, sequences=sequences, on_missing=on_missing
        )
    )
    assert list(studies) == ["A"]
    return studies["A"]


def study(date, *, sequences=SEQUENCES, mask="mask.nii.gz"):
    return [("A", date, name, f"{date}_{name}.nii.gz", mask) for name in sequences]


def test_takes_the_volumes_of_the_chosen_study(tmp_path):
    cohort = cohort_of(tmp_path, study("2020-01-01") + study("2021-01-01"))
    files = found(cohort, "2021-01-01")
    assert files == PatientStudy(
        "A",
        {name: VolumeFile(tmp_path / f"2021-01-01_{name}.nii.gz") for name in SEQUENCES},
        dict.fromkeys(SEQUENCES, tmp_path / "mask.nii.gz"),
    )


@pytest.mark.parametrize(("stored", "asked"), [(None, None), (None, "2020-01-01"),
                                              ("2020-01-01", None)])  # fmt: skip
def test_without_a_date_the_only_study_is_meant(tmp_path, stored, asked):
    assert isinstance(found(cohort_of(tmp_path, study(stored)), asked), PatientStudy)


@pytest.mark.parametrize("asked", [None, "2022-02-02"])
def test_several_studies_and_none_named_is_refused(tmp_path, asked):
    cohort = cohort_of(tmp_path, study("2020-01-01") + study("2021-01-01"))
    error = found(cohort, asked)
    assert isinstance(error, ContractError)
    assert "volumes.csv has 2 studies: '2020-01-01', '2021-01-01'" in str(error)


def test_the_only_study_of_another_date_is_not_taken(tmp_path):
    assert isinstance(found(cohort_of(tmp_path, study("2020-01-01")), "2021-01-01"), ContractError)


def test_no_volumes_at_all_is_refused(tmp_path):
    error = found(replace_patient(cohort_of(tmp_path, study(None))), None)
    assert "has 0 studies: none" in str(error)


def replace_patient(cohort):
    return replace(cohort, volumes=cohort.volumes.assign(patient_id="B"))


def test_a_mask_need_not_be_named(tmp_path):
    assert found(cohort_of(tmp_path, study(None, mask=None)), None).masks == {}


def test_a_series_of_a_folder_comes_with_its_description_and_reason(tmp_path):
    cohort = cohort_of(tmp_path, study(None))
    named = cohort.volumes.assign(
        series=["1.2/0", None], series_description=["t1 pre", None], series_reason=["named", None]
    )
    files = found(replace(cohort, volumes=named), None)
    path = tmp_path / "None_t1.nii.gz"
    assert files.volumes["t1"] == VolumeFile(path, "1.2/0", "t1 pre", "named")
    assert files.volumes["t2"] == VolumeFile(tmp_path / "None_t2.nii.gz")


def test_a_missing_sequence_fails_or_is_skipped(tmp_path):
    cohort = cohort_of(tmp_path, study(None, sequences=("t1",)))
    assert "'t2' is absent" in str(found(cohort, None))
    assert set(found(cohort, None, on_missing="skip").volumes) == {"t1"}


@pytest.mark.parametrize("on_missing", ["fail", "skip"])
def test_a_missing_target_always_fails(tmp_path, on_missing):
    cohort = cohort_of(tmp_path, study(None))
    error = found(cohort, None, target="pvp", on_missing=on_missing)
    assert "expected the fixed sequence 'pvp' of 'A', but the study has only 't1', 't2'" in str(
        error
    )


def test_the_target_is_read_even_where_it_is_not_stored(tmp_path):
    cohort = cohort_of(tmp_path, study(None, sequences=("pvp", "t1", "t2")))
    assert set(found(cohort, None, target="pvp").volumes) == {"pvp", "t1", "t2"}
    assert set(found(cohort, None, target="t1").volumes) == {"t1", "t2"}
