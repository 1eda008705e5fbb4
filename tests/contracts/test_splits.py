import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import check_splits, read_splits, write_splits


def rows(**changes):
    n = 12
    table = {
        "patient_id": [f"P{number}" for number in range(n)],
        "group_id": [f"P{number}" for number in range(n)],
        "study_date": ["2020-01-01"] * n,
        "target": [0, 1] * 6,
        "split": ["training"] * 8 + ["internal_1"] * 2 + ["external"] * 2,
        "fold": pd.array([0, 0, 0, 0, 1, 1, 1, 1, *[pd.NA] * 4], dtype="Int64"),
        "excluded_for": pd.array([pd.NA] * n, dtype="string"),
    }
    table = pd.DataFrame(table)
    for column, values in changes.items():
        for row, value in values.items():
            table.loc[row, column] = value
    return table


def test_round_trip_keeps_table_and_hash(tmp_path):
    written = write_splits(rows(), tmp_path / "a.csv")
    read = read_splits(tmp_path / "a.csv")
    assert read.hash == written.hash
    pd.testing.assert_frame_equal(read.table, written.table, check_dtype=False)
    assert read.n_folds == 2


def test_another_split_is_not_written_over(tmp_path):
    write_splits(rows(), tmp_path / "a.csv")
    with pytest.raises(ContractError, match="holds another split"):
        write_splits(rows(fold={0: 1, 4: 0}), tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patient_id": {1: "P0"}}, "expected each patient once"),
        ({"group_id": {0: "G", 4: "G"}}, "on one side of every boundary"),
        ({"group_id": {0: "G", 9: "G"}}, "on one side of every boundary"),
        ({"target": {3: pd.NA}}, "expected a target"),
        ({"split": {3: pd.NA}}, "expected a split"),
        ({"fold": {8: 1}}, "folds in `training` only"),
        ({"fold": {3: pd.NA}}, "expected a fold for every training patient"),
        ({"fold": dict.fromkeys(range(4, 8), 2)}, "expected folds 0..k-1"),
        ({"target": {0: 0, 1: 0, 2: 0, 3: 0}}, "both classes in every fold, but fold '0'"),
        ({"split": {3: "test"}}, "column 'split' to satisfy"),
        ({"study_date": {3: "01.02.2020"}}, "column 'study_date' to satisfy"),
        ({"patient_id": {3: "../P3"}}, "column 'patient_id' to satisfy"),
    ],
)
def test_refuses(changes, message):
    with pytest.raises(ContractError, match=message):
        check_splits(rows(**changes))


def test_missing_column_is_named():
    with pytest.raises(ContractError, match="expected the column 'target'"):
        check_splits(rows().drop(columns="target"))


def test_excluded_patients_need_neither_split_nor_fold():
    table = rows(split={11: pd.NA}, target={11: pd.NA}, excluded_for={11: "no fibrosis stage"})
    assert len(check_splits(table)) == 12


def test_absent_group_is_the_patient():
    table = check_splits(rows().drop(columns="group_id"))
    assert (table["group_id"] == table["patient_id"]).all()


def test_absent_and_empty_files_are_refused(tmp_path):
    with pytest.raises(ContractError, match="there is none"):
        read_splits(tmp_path / "none.csv")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ContractError, match="expected a CSV table"):
        read_splits(tmp_path / "empty.csv")
