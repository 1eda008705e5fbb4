"""A person's answers about sequences are read with checks."""

import re

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sequence_mapping import (
    COLUMNS,
    MappingRow,
    check_known,
    read_mapping,
    write_mapping,
)


def row(series="1.2.3", sequence="", patient="P1", date="2020-01-31"):
    return MappingRow(
        patient, date, f"dicom/{patient}", series, "ax dyn", "80 slices", "unnamed", sequence
    )


def written(path, *rows):
    write_mapping(rows, path)
    return path


def test_rows_come_back_by_patient_in_the_order_of_the_study(tmp_path):
    path = written(tmp_path / "m.csv", row("9", patient="P2"), row("5", "pvp"), row("4", "-"))
    assert read_mapping(path) == (row("5", "pvp"), row("4", "-"), row("9", patient="P2"))


def test_identifiers_and_series_stay_text(tmp_path):
    path = written(tmp_path / "m.csv", row("007", patient="0815", date=""))
    assert read_mapping(path) == (row("007", patient="0815", date=""),)


def test_capitals_and_blanks_of_a_spreadsheet_do_not_count(tmp_path):
    path = written(tmp_path / "m.csv", row(sequence="pvp"))
    path.write_text(path.read_text().replace(",pvp", ", PVP "))
    assert read_mapping(path) == (row(sequence="pvp"),)


def test_an_unknown_word_is_refused_with_the_words_there_are(tmp_path):
    path = written(tmp_path / "m.csv", row(sequence="pvp"))
    path.write_text(path.read_text().replace(",pvp", ",portal"))
    with pytest.raises(ContractError, match=re.escape("t1, t2, pvp, -")) as raised:
        read_mapping(path)
    assert "portal (P1 ax dyn)" in str(raised.value)


def test_two_volumes_for_one_sequence_of_a_study_are_refused(tmp_path):
    with pytest.raises(ContractError, match="'P1 2020-01-31 pvp'"):
        write_mapping([row("4", "pvp"), row("5", "pvp")], tmp_path / "m.csv")
    assert not list(tmp_path.iterdir())


def test_two_studies_of_a_patient_may_each_have_the_sequence(tmp_path):
    other = row("5", "pvp", date="2021-01-31")
    assert read_mapping(written(tmp_path / "m.csv", row("4", "pvp"), other))[1] == other


def test_a_volume_in_two_rows_is_refused(tmp_path):
    with pytest.raises(ContractError, match="one row per volume"):
        write_mapping([row("4"), row("4", "-")], tmp_path / "m.csv")


def test_a_lost_column_is_named_with_a_remedy(tmp_path):
    path = written(tmp_path / "m.csv", row())
    path.write_text(path.read_text().replace("series,", "serie,", 1))
    with pytest.raises(ContractError, match="'series' is not among them") as raised:
        read_mapping(path)
    assert "import again" in str(raised.value)


def test_an_answer_about_a_volume_that_is_gone_is_refused(tmp_path):
    rows = (row("4", "pvp"), row("5"))
    check_known(rows, {("dicom/P1", "4")}, tmp_path)
    with pytest.raises(ContractError, match="Were files moved"):
        check_known(rows, {("dicom/P1", "5")}, tmp_path)


def test_an_empty_file_to_fill_in_has_the_header(tmp_path):
    path = written(tmp_path / "m.csv")
    assert path.read_text().strip() == ",".join(COLUMNS)
    assert read_mapping(path) == ()
