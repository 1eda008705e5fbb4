"""The tables of a digital cohort without its images."""

import pandas as pd
import pytest

from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.phantom.clinical_cohort import write_clinical_cohort
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.severity import make_severity

SETTINGS = DigitalSettings(n_patients=40, seed=3)


def test_its_patients_are_those_of_the_cohort_with_images(tmp_path):
    write_clinical_cohort(tmp_path / "cohort", SETTINGS)
    cohort = read_cohort(tmp_path / "cohort")
    expected = make_clinical_table(make_severity(40, 3, signal="default"), SETTINGS)
    assert len(cohort.volumes) == 0
    pd.testing.assert_frame_equal(cohort.patients, expected, check_dtype=False, check_like=True)
    assert "No patient was examined" in (tmp_path / "cohort" / "SYNTHETIC.txt").read_text()


def test_it_is_made_twice_with_the_same_bytes(tmp_path):
    folder = tmp_path / "cohort"
    write_clinical_cohort(folder, SETTINGS)
    before = {path: path.read_bytes() for path in folder.rglob("*.csv")}
    write_clinical_cohort(folder, SETTINGS)
    assert before == {path: path.read_bytes() for path in folder.rglob("*.csv")}


def test_a_folder_of_other_settings_is_refused(tmp_path):
    write_clinical_cohort(tmp_path / "cohort", SETTINGS)
    with pytest.raises(ContractError, match="n_patients: 40 there, 41 here"):
        write_clinical_cohort(tmp_path / "cohort", DigitalSettings(n_patients=41, seed=3))
