import pandas as pd
import pytest

from cirrhosis.contracts.cohort import check_patients, read_cohort, write_cohort
from cirrhosis.contracts.errors import ContractError, first


def patients(**columns):
    return pd.DataFrame({"patient_id": ["A", "B"], "age_years": [50.0, None], **columns})


def volumes(**columns):
    base = {"patient_id": ["A", "B"], "sequence": ["t1", "t1"], "path": ["a.nii", "b.nii"]}
    return pd.DataFrame(base | columns)


def test_round_trip_keeps_unknown_columns_and_text(tmp_path):
    own = patients(fibrosis_stage=["4", "NA"], fibrosis_scheme="ishak", nickname=["x", "y"])
    write_cohort(tmp_path, own, volumes())
    cohort = read_cohort(tmp_path)
    assert cohort.patients["fibrosis_stage"].tolist() == ["4", "NA"]
    assert cohort.patients["nickname"].tolist() == ["x", "y"]
    assert cohort.patients["age_years"].isna().tolist() == [False, True]
    assert cohort.sequences == ["t1"]
    assert cohort.resolve("a.nii") == tmp_path / "a.nii"
    assert str(cohort.resolve("/elsewhere/a.nii")) == "/elsewhere/a.nii"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"platelets_e9_per_l": [-1.0, 2.0]}, "platelets_e9_per_l.*-1.0 .patient A"),
        ({"reader_1": [2, 0]}, "column 'reader_1'"),
        ({"mri_date": ["2020-13", "2020-01-01"]}, "column 'mri_date'"),
        ({"patient_id": ["A", "A"]}, "one row per patient"),
        ({"patient_id": ["A", "a/b"]}, "column 'patient_id'"),
        ({"inr": ["high", "1"]}, "column 'inr'"),
    ],
)
def test_refuses_patients(columns, message):
    with pytest.raises(ContractError, match=message):
        check_patients(patients(**columns))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"patient_id": ["A", "C"]}, "belong to a patient.*'C'"),
        ({"patient_id": ["A", "A"]}, "one volume per patient, study and sequence.*'A t1'"),
        ({"sequence": ["t1", "T 1"]}, "column 'sequence'"),
    ],
)
def test_refuses_volumes_and_writes_nothing(tmp_path, columns, message):
    with pytest.raises(ContractError, match=message):
        write_cohort(tmp_path, patients(), volumes(**columns))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "patient_id,study_date,sequence,path\n"])
def test_a_cohort_without_volumes_is_a_clinical_table(tmp_path, content):
    write_cohort(tmp_path, patients(), volumes())
    (tmp_path / "volumes.csv").unlink()
    if content is not None:
        (tmp_path / "volumes.csv").write_text(content)
    cohort = read_cohort(tmp_path)
    assert len(cohort.patients) == 2
    assert cohort.volumes.empty
    assert cohort.sequences == []
    write_cohort(tmp_path / "again", cohort.patients, cohort.volumes)
    assert read_cohort(tmp_path / "again").volumes.empty


def test_a_missing_patients_table_is_still_refused(tmp_path):
    with pytest.raises(ContractError, match=r"expected a table at .*patients.csv"):
        read_cohort(tmp_path)


def test_first_names_three_and_counts_the_rest():
    assert first(["a", "b"]) == "'a', 'b'"
    assert first("abcde") == "'a', 'b', 'c' and 2 more"
