"""`cirrhosis import` writes a cohort whole or not at all, and knows the real tables."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hydra import compose, initialize_config_dir

from cirrhosis.cohort.column_checks import check_column
from cirrhosis.cohort.labels import LabelSettings, label_patients
from cirrhosis.cohort.table_import_settings import MISSING_WORDS, SourceSettings, TableFormat
from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.import_cohort import run
from cirrhosis.commands.import_files import REPORT
from cirrhosis.commands.import_table import build_source
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError

OF_TABLES = ("pbc", "table", "tcga_lihc", "uci_503", "uci_571")
TABLE = "age,Sex,PLT\n50,m,102000\n60,f,?\n"
WORDS = (
    "+source.columns.age_years={column: age, unit: years}",
    "+source.columns.sex={column: Sex, words: {m: male, f: female}}",
    "+source.columns.platelets_e9_per_l={column: PLT, unit: /uL}",
)


def compose_import(*overrides):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("import", list(overrides))


def import_made(folder, *overrides, table=TABLE):
    path = folder.parent / "table.csv"
    path.write_text(table)
    run(compose_import(f"source.file={path}", f"cohort={folder}/", *(overrides or WORDS)))
    return read_cohort(folder)


def test_a_table_becomes_a_cohort_folder_without_volumes(tmp_path, capsys):
    cohort = import_made(tmp_path / "cohort")
    assert cohort.patients["patient_id"].tolist() == ["row-1", "row-2"]
    assert cohort.patients["platelets_e9_per_l"].fillna(0).tolist() == [102.0, 0]
    assert cohort.volumes.empty
    told = capsys.readouterr().out
    assert "platelets_e9_per_l: 1 converted, /uL / 1000, stated" in told
    assert "wrote 2 patients" in told
    report = pd.read_csv(tmp_path / "cohort" / REPORT)
    assert set(report["column"].dropna()) >= {"age_years", "sex", "platelets_e9_per_l"}


def test_a_column_in_another_unit_throughout_is_pointed_out(tmp_path, capsys):
    counts = "age,Sex,PLT\n" + "".join(f"50,m,{number}000\n" for number in range(50, 70))
    wrong = WORDS[2].replace("/uL", "'10^9/L'")
    import_made(tmp_path / "cohort", *WORDS[:2], wrong, table=counts)
    told = capsys.readouterr().out
    assert "20 set to missing, implausible, outside 5 to 1500: looks like /uL" in told
    mild = "+source.columns.total_bilirubin_umol_per_l={column: PLT, unit: umol/L}"
    import_made(tmp_path / "mild", mild, table=counts.replace("000\n", "\n").replace(",m,", ",m,0"))
    assert "median" not in capsys.readouterr().out
    low = "PLT\n" + "".join(f"2.{number}\n" for number in range(10, 30))
    import_made(tmp_path / "low", mild, table=low)
    assert "the median 2.195 is unusual, looks like mg/dL" in capsys.readouterr().out


def test_volumes_that_stand_there_are_kept_and_checked(tmp_path):
    folder = tmp_path / "cohort"
    folder.mkdir()
    volumes = folder / "volumes.csv"
    volumes.write_text("patient_id,study_date,sequence,path\nrow-2,2020-01-01,t1,a.nii\n")
    assert import_made(folder).volumes["patient_id"].tolist() == ["row-2"]
    volumes.write_text("patient_id,study_date,sequence,path\nrow-9,2020-01-01,t1,a.nii\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ContractError, match="every volume to belong to a patient"):
        import_made(folder, table=TABLE + "70,m,90000\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_foreign_patients_table_is_not_overwritten_and_a_refused_one_not_written(tmp_path):
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "patients.csv").write_text("patient_id\nA\n")
    with pytest.raises(ContractError, match="no import wrote"):
        import_made(folder)
    assert [path.name for path in folder.iterdir()] == ["patients.csv"]
    with pytest.raises(ContractError, match="one row per patient"):
        import_made(
            tmp_path / "other", *WORDS, "source.identifier.column=age", table=TABLE + "50,m,1\n"
        )
    assert not (tmp_path / "other").exists()


def test_an_import_again_gives_the_same_bytes(tmp_path):
    import_made(tmp_path / "cohort")
    before = {path.name: path.read_bytes() for path in (tmp_path / "cohort").iterdir()}
    import_made(tmp_path / "cohort")
    assert {path.name: path.read_bytes() for path in (tmp_path / "cohort").iterdir()} == before


def test_the_command_line_names_what_is_lacking(tmp_path):
    line = [sys.executable, "-m", "cirrhosis.commands", "import", f"paths.root={tmp_path}"]
    answer = subprocess.run(line, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "name it with source.file=..." in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("name", OF_TABLES)
def test_source_is_a_configuration_of_the_importer(name):
    values = plain(compose_import(f"source={name}", "source.file=x.csv"))["source"]
    if name == "table":
        assert values["columns"] == {}
        assert tuple(values["missing"]) == MISSING_WORDS
        assert values["format"] == vars(TableFormat())
        values["columns"] = {"sex": {"column": "a"}}
    path, source = build_source(values)
    assert path == Path("x.csv")
    assert isinstance(source, SourceSettings)


def test_the_template_shows_columns_that_the_importer_accepts():
    text = Path(CONF, "source", "table.yaml").read_text()
    shown = "\n".join(line[2:] for line in text.splitlines() if line.startswith("# ")).split(
        "columns:\n"
    )[1]
    columns = yaml.safe_load("columns:\n" + shown)["columns"]
    values = plain(compose_import("source.file=x.csv"))["source"] | {"columns": columns}
    _, source = build_source(values)
    assert len(source.columns) == 14
    for target, column in source.columns.items():
        check_column(target, column)


REAL = {
    "pbc": ("R_survival_pbc.csv", 418, LabelSettings(), 412, 144),
    "tcga_lihc": ("tcga_lihc_clinical_patient_biotab.txt", 377, LabelSettings(), 218, 81),
    "uci_571": (
        "uci_571_hcvdat0.csv",
        615,
        LabelSettings(column="cirrhosis_or_donor"),
        615,
        30,
    ),
    "uci_503": ("uci_503_HCV-Egy-Data.csv", 1385, LabelSettings(), 1385, 362),
}


@pytest.fixture(scope="module")
def real_cohorts(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    for name, (file, *_) in REAL.items():
        path = shared_data / "data" / "clinical" / file
        run(compose_import(f"source={name}", f"source.file={path}", f"cohort={folder / name}/"))
    return {name: read_cohort(folder / name).patients for name in REAL}


@pytest.mark.parametrize("name", REAL)
def test_real_table_has_its_known_counts(real_cohorts, name):
    _, n_rows, label, n_labelled, n_positive = REAL[name]
    patients = real_cohorts[name]
    targets = label_patients(patients, label)
    assert (len(patients), targets.notna().sum(), targets.sum()) == (
        n_rows,
        n_labelled,
        n_positive,
    )


def test_traps_of_the_real_tables_are_sorted_out(real_cohorts):
    tcga = real_cohorts["tcga_lihc"]
    # 310 counts, 32 of them per microlitre, one of them 4 in no unit.
    assert tcga["platelets_e9_per_l"].notna().sum() == 309
    assert tcga["platelets_e9_per_l"].between(50, 700).sum() == 309
    # 300 values: 210 INR, 89 seconds, and 6.9 beside a reference limit of 1.0.
    assert tcga["inr"].notna().sum() == 210
    assert tcga["prothrombin_s"].notna().sum() == 89
    assert tcga["inr"].max() < 3 < tcga["prothrombin_s"].min()
    assert tcga["albumin_g_per_l"].min() >= 15
    assert tcga["creatinine_umol_per_l"].dropna().between(20, 500).all()
    assert real_cohorts["pbc"]["albumin_g_per_l"].median() == pytest.approx(35.3)
    assert real_cohorts["uci_503"]["platelets_e9_per_l"].max() < 230
    assert real_cohorts["uci_571"]["cirrhosis"].notna().sum() == 75
