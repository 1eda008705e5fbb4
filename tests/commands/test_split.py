"""`cirrhosis split` writes what stands beside a split, and nothing old stays there."""

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings
from cirrhosis.commands.configuration import CONF, build_settings, plain
from cirrhosis.commands.split import FLOW, GROUP_FLOW, run
from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.implausible import BESIDE, hide_implausible
from cirrhosis.contracts.sides import check_sides, choose_sides
from cirrhosis.contracts.splits import FOLD_CENTERS, read_fold_centers, read_splits
from tests.cohort.made_patients import make_cohort

SECOND_CENTER = [
    {"fibrosis_stage": f"F{3 + at // 10 % 2}", "center": "2", "platelets_e9_per_l": 90.0 + at}
    for at in range(20)
]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    return tmp_path


def split(root, *overrides, rows=SECOND_CENTER, name="made", **options):
    cohort = make_cohort(rows, **options)
    write_cohort(root / "cohorts" / "made", cohort.patients, cohort.volumes)
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        run(compose("split", ["name=made", f"split.name={name}", *overrides]))
    return root / "splits" / f"{name}.csv"


def test_leave_one_center_out_names_its_folds_and_can_be_trained_on(root, capsys):
    path = split(root, "split=leave_one_center_out")
    assert read_fold_centers(path) == {0: "1", 1: "2"}
    splits = read_splits(path)
    assert splits.n_folds == 2
    for fold in range(2):
        side = check_sides(choose_sides(splits, fold, protocol="nested"))
        assert len(side.held_out) == (40, 20)[fold]
        assert len(side.train) == (20, 40)[fold]
    told = capsys.readouterr().out
    assert "n_from_elsewhere" in told
    flow = pd.read_csv(path.with_suffix(FLOW))
    assert flow["step"].tolist()[0] == "in patients.csv"
    assert flow["kind"].tolist()[-1] == "split"
    groups = pd.read_csv(path.with_suffix(GROUP_FLOW))
    assert set(groups["group"]) == {"class", "center"}


def test_a_clinical_table_is_split_when_no_mri_is_asked_for(root):
    words = ("split=cross_validation", "split.n_folds=2")
    with pytest.raises(ContractError, match="require_mri=false"):
        split(root, *words, volumes=False)
    path = split(root, *words, "split.eligibility.require_mri=false", volumes=False)
    assert len(read_splits(path).included) == 60


def test_implausible_values_are_written_told_and_treated(root, capsys):
    rows = [{"platelets_e9_per_l": 150_000.0}]
    words = ("split=cross_validation", "split.n_folds=2")
    path = split(root, *words, "split.eligibility.implausible=exclude", rows=rows)
    found = pd.read_csv(path.with_suffix(BESIDE))
    assert found["likely_cause"].tolist() == ["looks like /uL"]
    assert "1 values are beyond what is plausible" in capsys.readouterr().out
    excluded = read_splits(path).table.set_index("patient_id")["excluded_for"]
    assert excluded["A0"] == "implausible values"
    wider = "+split.eligibility.plausible_limits.platelets_e9_per_l=[2,200000]"
    other = split(root, *words, wider, rows=rows, name="wide")
    assert pd.read_csv(other.with_suffix(BESIDE)).empty


def test_what_is_taken_as_missing_is_hidden_from_later_stages(root):
    rows = [{"platelets_e9_per_l": 150_000.0}]
    words = ("split=cross_validation", "split.n_folds=2")
    patients = make_cohort(rows).patients
    for treatment, n_hidden in (("missing", 1), ("ignore", 0)):
        rule = f"split.eligibility.implausible={treatment}"
        path = split(root, *words, rule, rows=rows, name=treatment)
        hidden = hide_implausible(patients, path)
        assert hidden["platelets_e9_per_l"].isna().sum() == n_hidden
        assert hidden["inr"].equals(patients["inr"])
    assert patients["platelets_e9_per_l"].notna().all()
    assert hide_implausible(patients, root / "elsewhere.csv") is patients


def test_a_column_in_another_unit_throughout_is_told(root, capsys):
    split(root, "split=cross_validation", "split.n_folds=2", total_bilirubin_umol_per_l=1.8)
    told = capsys.readouterr().out
    assert "the median of total_bilirubin_umol_per_l is 1.8: it looks like mg/dL" in told


def test_a_refused_split_leaves_what_stands_beside_the_old_one(root):
    path = split(root, "split=leave_one_center_out")
    before = {beside.name: beside.read_bytes() for beside in path.parent.iterdir()}
    with pytest.raises(ContractError, match="holds another split"):
        split(root, "split=cross_validation", "split.n_folds=3")
    assert {beside.name: beside.read_bytes() for beside in path.parent.iterdir()} == before


def test_a_split_drawn_anew_keeps_no_names_of_older_folds(root):
    path = split(root, "split=leave_one_center_out")
    path.unlink()
    split(root, "split=cross_validation", "split.n_folds=3")
    assert read_fold_centers(path) == {}


def test_a_split_from_outside_brings_its_own_tables(root, tmp_path):
    given = split(root, "split=leave_one_center_out")
    outside = tmp_path / "outside"
    given.parent.rename(outside)
    path = split(root, f"split.file={outside / 'made.csv'}")
    assert read_fold_centers(path) == {0: "1", 1: "2"}
    path.unlink()
    (outside / ("made" + FOLD_CENTERS)).unlink()
    split(root, f"split.file={outside / 'made.csv'}")
    assert read_fold_centers(path) == {}
    assert path.with_suffix(FLOW).is_file()


def test_the_label_is_configuration(root):
    rows = [{"fibrosis_stage": "F1"}] * 10
    path = split(root, "split=cross_validation", "split.n_folds=2", "label=f3", rows=rows)
    targets = read_splits(path).table.set_index("patient_id")["target"]
    assert targets.sum() == 40
    assert targets["A0"] == 0


def test_a_column_can_be_the_label(root):
    rows = [{"own": 0.0}] * 10
    words = ("split=cross_validation", "split.n_folds=2", "label.column=own")
    path = split(root, *words, rows=rows, own=1.0)
    assert read_splits(path).table["target"].sum() == 40
    with pytest.raises(ContractError, match="label's column 'other'"):
        split(root, *words, "label.column=other")


def test_the_configuration_states_the_defaults_of_the_code():
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        values = plain(compose("split", ["seed=3"]))
    del values["split"]["name"], values["split"]["file"]
    assert build_settings(SplitSettings, values["split"], "split") == SplitSettings(seed=3)
    assert build_settings(LabelSettings, values["label"], "label") == LabelSettings()


def test_wrong_settings_are_told_plainly(root):
    with pytest.raises(ContractError, match=r"split.eligibility: expected implausible to be one"):
        split(root, "split.eligibility.implausible=correct")
    with pytest.raises(ContractError, match=r"split.center_folds: expected small_centers"):
        split(root, "split.center_folds.small_centers=drop")
