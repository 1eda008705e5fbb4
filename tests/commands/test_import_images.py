"""`cirrhosis import` of images: from each source to a split, and from folders to a store."""

import copy
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from cirrhosis.commands import import_cohort, prepare, split
from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.import_files import REPORT
from cirrhosis.commands.usage import describe_command
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sequence_mapping import FILE
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import StoreLayout, read_manifest
from tests.cohort.made_dicom_sources import write_segmentation, write_study
from tests.cohort.made_sources import (
    write_care_liver,
    write_cirrmri600,
    write_damaged,
    write_liverhccseg,
    write_nifti,
)
from tests.cohort.test_dicom_sources import write_duke
from tests.imaging.made_volumes import abdomen, liver_mask, write

TCGA = ("TCGA-BC-4073", "TCGA-DD-A1EG", "TCGA-DD-A1EB")
# Enough for a split of few patients; nobody is asked for a date, an age or a stage.
SPLIT = ("split=cross_validation", "split.n_folds=2")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path / "out"))
    return tmp_path


def run(command, name, *words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        command.run(compose(name, list(words)))


def take(root, source, *words):
    """Import below `root` and return the cohort."""
    run(import_cohort, "import", "name=made", f"source={source}", *words)
    return read_cohort(root / "out" / "cohorts" / "made")


def contents(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip


def test_cirrmri_becomes_a_cohort_with_ages_labels_and_a_warning(root, capsys):
    source = write_cirrmri600(root / "source", doubled=True, metadata="")
    before = contents(source)
    cohort = take(root, "cirrmri600", f"source.folder={source}")
    assert contents(source) == before
    patients = cohort.patients.set_index("patient_id")
    assert patients["age_years"].fillna(0).to_dict() == {
        "1": 61, "2": 55, "3": 48, "4": 0, "healthy-1": 30, "healthy-2": 31,
    }  # fmt: skip
    assert patients["sex"].fillna("").tolist()[:2] == ["male", "female"]
    assert patients["radiological_evaluation"].fillna("").tolist()[:2] == ["severe", "mild"]
    told = capsys.readouterr().out
    assert "labels: cirrhosis 1 4, 0 2, unknown 0 (split with label.column=cirrhosis)" in told
    assert "pvp: 5 volumes, 5 with a liver mask" in told
    assert "healthy people come from another source" in told
    assert "1 patients stand on two sides of the official split" in told
    assert "left out, volume: 1, two-dimensional PNG slices are no volumes" in told
    assert "1 patients have images and no row in a table: '4'" in told
    run(split, "split", "name=made", "label.column=cirrhosis", *SPLIT,
        "split.eligibility.minimum_age_years=0")  # fmt: skip
    table = read_splits(root / "out" / "splits" / "made.csv").included
    assert dict(zip(table["patient_id"], table["target"], strict=True))["healthy-1"] == 0


def test_care_liver_is_split_by_its_stages(root, capsys):
    source = write_care_liver(root / "source")
    training = source / "LiQA_training_data" / "Vendor_A"
    write_nifti(training / "2000-A-S4" / "T1.nii.gz")
    cohort = take(root, "care_liver", f"source.folder={source}")
    assert set(cohort.patients["center"]) == {"A", "B1", "B2"}
    told = capsys.readouterr().out
    assert "labels: scheuer S1: 1, scheuer S2: 1, scheuer S4: 2; without a stage: 2" in told
    assert "only 'hbp' has masks" in told
    run(split, "split", "name=made", *SPLIT)
    splits = read_splits(root / "out" / "splits" / "made.csv")
    assert splits.included["target"].sum() == 2
    assert set(splits.table["excluded_for"].dropna()) == {"no fibrosis stage"}


@pytest.fixture
def biotab(shared_data):
    return shared_data / "data" / "clinical" / "tcga_lihc_clinical_patient_biotab.txt"


def test_tcga_joins_its_real_table_to_dicom_of_any_layout(root, biotab, capsys):
    source = root / "source"
    for number, patient in enumerate(TCGA):
        place = source / f"manifest-{number}" / "deep"
        uids = write_study(lambda kind, at=place: at / kind, patient, date=f"200{number}0101",
                           kinds=("t1", "pvp"), n_slices=16)  # fmt: skip
        write_segmentation(place / "SEG" / "1.dcm", uids["pvp"])
    words = (f"source.file={biotab}", f"source.images={source}")
    cohort = take(root, "tcga_lihc", *words)
    assert len(cohort.patients) == 377
    assert cohort.patients["fibrosis_stage"].notna().sum() == 218
    masked = cohort.volumes.set_index(["patient_id", "sequence"])["liver_mask_path"]
    assert masked[TCGA[0], "pvp"].endswith("1.dcm")
    assert cohort.volumes["study_date"].nunique() == 3
    told = capsys.readouterr().out
    assert "374 patients of the table have no images: kept" in told
    # The table alone afterwards keeps the volumes and their account; images again go on.
    take(root, "tcga_lihc", words[0])
    days = root / "days.csv"
    days.write_text(f"patient_id,reference_date,specimen\n{TCGA[0]},2001-02-01,resection\n")
    again = take(root, "tcga_lihc", *words, f"source.reference.file={days}")
    assert len(again.volumes) == len(cohort.volumes)
    known = again.patients.set_index("patient_id").loc[TCGA[0]]
    assert known[["reference_date", "specimen", "fibrosis_scheme"]].tolist() == [
        "2001-02-01",
        "resection",
        "ishak",
    ]


def test_liverhccseg_takes_its_labels_from_the_table_of_tcga(root, biotab, capsys):
    source = write_liverhccseg(root / "source")
    words = (f"source.folder={source}", f"source.table.file={biotab}")
    cohort = take(root, "liverhccseg", *words)
    assert cohort.patients["patient_id"].tolist() == list(TCGA[:2])
    assert cohort.patients["fibrosis_scheme"].tolist() == ["ishak", "ishak"]
    assert cohort.volumes["study_date"].nunique() == 3
    told = capsys.readouterr().out
    assert "375 patients of the table have no images: left out" in told
    assert "preparation.registration.target=art" in told
    assert take(root, "liverhccseg", words[0]).patients.columns.tolist() == ["patient_id"]


def test_duke_gets_its_label_and_its_units_from_a_table_of_ones_own(root, capsys):
    source = write_duke(root / "source")
    assert "fibrosis_stage" not in take(root, "duke", f"source.folder={source}").patients
    assert "labels: none" in capsys.readouterr().out
    table = root / "labels.csv"
    table.write_text("DLDS,cirrhosis,PLT,ULN\n7,1,102000,400000\n0012,0,5000,450\n99,0,200,400\n")
    cohort = take(
        root,
        "duke",
        f"source.folder={source}",
        f"source.table.file={table}",
        "+source.table.columns.cirrhosis={column: cirrhosis, kind: flag}",
        "+source.table.columns.platelets_e9_per_l={column: PLT, unit_rules: [{column: ULN,"
        " at_least: 100, below: 1000, unit: '10^9/L'}, {column: ULN, at_least: 1000, unit: /uL}]}",
    )
    patients = cohort.patients.set_index("patient_id")
    assert patients["cirrhosis"].to_dict() == {"duke-0007": 1, "duke-0012": 0}
    assert patients["platelets_e9_per_l"].fillna(0).to_dict() == {"duke-0007": 102, "duke-0012": 0}
    told = capsys.readouterr().out
    assert "platelets_e9_per_l: 1 converted, /uL / 1000" in told
    assert "platelets_e9_per_l: 1 set to missing, implausible, outside 5 to 1500" in told
    report = pd.read_csv(root / "out" / "cohorts" / "made" / REPORT)
    assert set(report["column"].dropna()) >= {"(volumes)", "(series)", "platelets_e9_per_l"}


def write_patients(source, n_patients=4):
    """Write made abdomens by sequence, with the liver of the portal venous phase."""
    for number in range(n_patients):
        folder = source / f"A{number}"
        for name in ("t1", "pvp"):
            write(abdomen(name, seed=number), folder / f"{name}.nii.gz")
        write(liver_mask(), folder / "pvp_mask.nii.gz")
    return source


LABELS = (
    "+source.table.columns.cirrhosis={column: label, kind: flag}",
    "source.table.identifier.column=name",
)


def write_labels(root, n_patients=4):
    table = root / "labels.csv"
    rows = [f"A{number},{number % 2}" for number in range(n_patients)]
    table.write_text("\n".join(["name,label", *rows]) + "\n")
    return f"source.table.file={table}"


def test_folders_with_masks_go_the_whole_road_to_a_store(root, capsys):
    source = write_patients(root / "source")
    write_damaged(source / "A3" / "t1.nii.gz")
    table = write_labels(root)
    take(root, "folder", f"source.folder={source}", table, *LABELS)
    assert "studies by what they have: pvp+t1 3, pvp 1" in capsys.readouterr().out
    run(split, "split", "name=made", "label.column=cirrhosis", *SPLIT)
    run(
        prepare, "prepare", "name=made", "n_workers=1", "preparation.intensities.image_size=32",
        "preparation.registration.spacing_mm=6", "preparation.registration.iterations=5",
        "preparation.registration.shrink_factors=[2]",
        "preparation.registration.smoothing_mm=[3.0]",
    )  # fmt: skip
    store = root / "out" / "prepared" / "made"
    assert sorted(read_manifest(store).patients) == ["A0", "A1", "A2"]
    failures = pd.read_csv(StoreLayout(store).failures)
    assert failures["patient_id"].tolist() == ["A3"]
    assert failures["reason"].str.contains("'t1' is absent").all()


def test_an_ambiguous_study_waits_for_a_person_and_goes_on(root, capsys):
    source = root / "source"
    write_study(lambda kind: source / "A0" / kind, "x", kinds=("art", "pvp", "t2"), n_slices=16,
                tags={"SeriesDescription": "ax dyn"})  # fmt: skip
    cohort = take(root, "folder", f"source.folder={source}")
    asked = root / "out" / "cohorts" / "made" / FILE
    told = capsys.readouterr().out
    assert f"fill in the column `sequence` of {asked}" in told
    mapping = pd.read_csv(asked, dtype="string")
    assert mapping["sequence"].isna().all()
    assert mapping["patient_id"].eq("A0").all()
    places = mapping["folder"].map(lambda folder: folder.rsplit("/")[-1])
    words = {"art": "t1", "pvp": "pvp", "t2": "t2"}
    mapping["sequence"] = places.map(words)
    mapping.to_csv(asked, index=False)
    cohort = take(root, "folder", f"source.folder={source}")
    found = cohort.volumes.set_index("sequence")
    for place in places:
        assert found.loc[words[place], "path"].endswith(f"A0/{place}")
        assert found.loc[words[place], "series_reason"] == "named in series_mapping.csv"
    assert "fill in" not in capsys.readouterr().out
    # What a person said stays, and an answer about a volume that has gone is refused.
    assert len(pd.read_csv(asked)) == len(mapping)
    mapping["series"] = "1.2.3"
    mapping.to_csv(asked, index=False)
    before = contents(root / "out" / "cohorts")
    with pytest.raises(ContractError, match="to name a volume of the import"):
        take(root, "folder", f"source.folder={source}")
    assert contents(root / "out" / "cohorts") == before


def test_an_import_again_gives_the_same_bytes_and_nothing_of_a_person_is_overwritten(root):
    source = root / "source"
    write_nifti(source / "A1" / "t1.nii.gz")
    words = ("folder", f"source.folder={source}")
    take(root, *words)
    folder = root / "out" / "cohorts" / "made"
    before = contents(folder)
    take(root, *words)
    assert contents(folder) == before
    (folder / REPORT).write_text("column,source,outcome,rule,n,n_rows,examples\n")
    with pytest.raises(ContractError, match=r"volumes.csv that no import wrote"):
        take(root, *words)
    (folder / REPORT).unlink()
    with pytest.raises(ContractError, match=r"patients.csv that no import wrote"):
        take(root, *words)


def test_paths_are_relative_below_the_cohort_and_absolute_elsewhere(root):
    folder = root / "out" / "cohorts" / "made"
    write_nifti(folder / "images" / "A1" / "t1.nii.gz")
    cohort = take(root, "folder", f"source.folder={folder / 'images'}")
    assert cohort.volumes["path"].tolist() == ["images/A1/t1.nii.gz"]
    write_nifti(root / "elsewhere" / "A1" / "t1.nii.gz")
    cohort = take(root, "folder", f"source.folder={root / 'elsewhere'}")
    assert cohort.volumes["path"].tolist() == [str(root / "elsewhere" / "A1" / "t1.nii.gz")]


@pytest.fixture(scope="module")
def folder_config():
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("import", ["name=made", "source=folder"])


HERE, LABEL = "{folder}", {"column": "label", "kind": "flag"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "give it with source.folder="),
        ({"folder": "/none/such"}, "/none/such is none"),
        ({"folder": "/"}, "outside the source"),
        ({"folder": HERE, "kind": "photos"}, "source.kind to be one of table"),
        ({"folder": HERE, "liver_sequence": "P V"}, "expected sequences"),
        (
            {"folder": HERE, "table.file": "x.csv", "table.columns": {"cirrhosis": LABEL}},
            "because images are joined",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused_with_a_remedy(root, folder_config, changes, told):
    (root / "out").mkdir()
    write_nifti(root / "source" / "A1" / "t1.nii.gz")
    config = copy.deepcopy(folder_config)
    for name, value in changes.items():
        given = str(root / "source") if value == HERE else value
        OmegaConf.update(config, f"source.{name}", given, force_add=True)
    with pytest.raises(ContractError, match=told):
        import_cohort.run(config)
    assert not (root / "out" / "cohorts").exists()


def test_the_help_lists_every_source_with_a_sentence():
    listed = describe_command("import", "x", []).split("sources (", 1)[1].splitlines()
    names = sorted(path.stem for path in Path(CONF, "source").glob("*.yaml"))
    assert len(names) == 10
    for name in names:
        line = next(line for line in listed if line.split()[:1] == [name])
        assert len(line.split()) > 5
