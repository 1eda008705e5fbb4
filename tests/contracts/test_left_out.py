"""Who is left out of a run is written down with the reason."""

import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.left_out import FILE, make_left_out, read_left_out, write_left_out


def table(**changes):
    content = {
        "patient_id": ["P2", "01", "P3"],
        "split": ["training", "external", "training"],
        "fold": pd.array([0, pd.NA, 4], dtype="Int64"),
        "reason": ["complete_case", "available", "not_prepared"],
        "lacks": ["dwi+t1", "t1", pd.NA],
    }
    return pd.DataFrame(content | changes)


def test_the_table_comes_back_sorted_and_as_text(tmp_path):
    write_left_out(table(), tmp_path)
    read = read_left_out(tmp_path)
    assert read["patient_id"].tolist() == ["01", "P2", "P3"]
    assert read["lacks"].fillna("-").tolist() == ["t1", "dwi+t1", "-"]
    assert read["fold"].isna().tolist() == [True, False, False]


def test_nobody_is_written_and_read_too(tmp_path):
    write_left_out(make_left_out(), tmp_path)
    assert (tmp_path / FILE).is_file()
    assert read_left_out(tmp_path).empty


def test_without_a_table_nobody_is_known_to_be_left_out(tmp_path):
    assert read_left_out(tmp_path).columns.tolist() == list(make_left_out())


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"reason": "forgotten"}, "reason"),
        ({"patient_id": "P1"}, "patient_id"),
        ({"split": "nowhere"}, "split"),
    ],
)
def test_other_tables_are_refused(tmp_path, changes, column):
    with pytest.raises(ContractError, match=f"column '{column}'"):
        write_left_out(table(**changes), tmp_path)
    assert list(tmp_path.iterdir()) == []
