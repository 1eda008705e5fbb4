"""DICOM sources: patients by tags or folders, questions that stay open, masks by reference."""

import pytest

from cirrhosis.cohort.dicom_studies import DicomRules, read_answers
from cirrhosis.cohort.dicom_tree import find_dicom_tree
from cirrhosis.cohort.duke import find_duke
from cirrhosis.cohort.image_import_settings import DicomSettings, DukeSettings, FolderSettings
from cirrhosis.cohort.patient_folders import find_patient_folders
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.series import AmbiguousSequence, IdentifiedStudy, SequenceChoice
from cirrhosis.imaging.dicom_series import find_series
from tests.cohort.made_dicom_sources import make_volume, write_segmentation, write_study
from tests.cohort.made_sources import write_damaged, write_nifti
from tests.imaging.made_dicom import write_series

WORDS = {"t1": "pre", "t2": "t2", "pvp": "portal"}
NAMES = {"t1": ("t1",), "t2": ("t2",), "pvp": ("pvp", "pv")}


def identify_by_name(series):
    """Take the only volume with a sequence's word; ask where several or none have it."""
    choices, ambiguous = [], []
    for name, word in WORDS.items():
        fits = tuple(one for one in series if word in one.description)
        if len(fits) == 1:
            choices.append(SequenceChoice(name, fits[0], f"named {word}"))
        else:
            ambiguous.append(AmbiguousSequence(name, fits, f"{len(fits)} are named {word}"))
    return IdentifiedStudy(tuple(choices), tuple(ambiguous))


def rules(answers=None, find=find_series):
    return DicomRules(find, identify_by_name, answers or {}, DicomSettings())


def find_folders(root, **given):
    settings = FolderSettings(names=NAMES)
    return find_patient_folders(root, rules(**given), settings, progress=silent)


def reasons(images):
    return [one.reason for one in images.left_out]


def answer(rows, **words):
    """Fill in questions by description."""
    return read_answers(
        row._replace(sequence=word)
        for row in rows
        for part, word in words.items()
        if part in row.description
    )


def test_patients_studies_and_scanners_are_told_by_tags_in_any_layout(tmp_path):
    tcga = "TCGA-BC-4073"
    idc = tmp_path / "tcga_lihc" / tcga / "1.2.3"
    write_study(lambda kind: idc / f"MR_{kind}", tcga, tags={"Manufacturer": "SIEMENS"})
    nbia = tmp_path / "manifest-1" / "TCGA-LIHC" / "elsewhere" / "06-06-2001-NA-MRI-1"
    write_study(lambda kind: nbia / f"1-{kind}", tcga, date="20010606", kinds=("t1", "pvp"))
    write_study(lambda kind: nbia / "flat", "TCGA-DD-A1EG", kinds=("t2",))
    images = find_dicom_tree(tmp_path, rules())
    assert sorted(images.volumes) == [
        (tcga, "2001-06-06", "pvp"),
        (tcga, "2001-06-06", "t1"),
        (tcga, "2020-01-02", "pvp"),
        (tcga, "2020-01-02", "t1"),
        (tcga, "2020-01-02", "t2"),
        ("TCGA-DD-A1EG", "2020-01-02", "t2"),
    ]
    volume = images.volumes[tcga, "2001-06-06", "pvp"]
    assert volume.path == nbia / "1-pvp"
    assert (volume.description, volume.reason) == ("t1 vibe fs tra portal venous", "named portal")
    assert volume.series
    patients = images.make_patients().set_index("patient_id")
    # Two makers scanned the first patient, so the column stays empty.
    assert patients["manufacturer"].fillna("").to_dict() == {tcga: "", "TCGA-DD-A1EG": "MADE"}
    assert patients["field_strength_t"].tolist() == [1.5, 1.5]


def test_files_without_patient_and_damaged_ones_cost_nobody_else(tmp_path):
    write_study(lambda kind: tmp_path / "a" / kind, "A1", kinds=("t1",))
    write_study(lambda kind: tmp_path / "b" / kind, "", kinds=("t1",))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x.dcm").write_bytes(b"\0" * 128 + b"DICM broken")
    images = find_dicom_tree(tmp_path, rules())
    assert list(images.patients) == ["A1"]
    assert "PatientID is no identifier" in reasons(images)
    assert "the files make no volume" in reasons(images)


def test_a_liver_segmentation_is_joined_to_the_series_it_was_drawn_on(tmp_path):
    uids = write_study(lambda kind: tmp_path / kind, "A1")
    drawn = uids["pvp"]
    write_segmentation(tmp_path / "seg" / "1.dcm", drawn, segments=("Liver", "Tumor"))
    best = write_segmentation(
        tmp_path / "seg" / "2.dcm",
        drawn,
        description="liver radiologist 1 corrected segmentation",
        segments=("One", "Two"),
    )
    write_segmentation(tmp_path / "seg" / "3.dcm", uids["t1"], description="kidneys",
                       segments=("Kidney",))  # fmt: skip
    write_segmentation(tmp_path / "seg" / "4.dcm", "1.2.3")
    write_segmentation(tmp_path / "seg" / "5.dcm", "")
    images = find_dicom_tree(tmp_path, rules())
    masks = {key[2]: one.mask for key, one in images.volumes.items()}
    assert masks == {"t1": None, "t2": None, "pvp": best}
    told = {one.place: one.reason for one in images.left_out if one.kind == "mask"}
    assert told == {
        "seg/1.dcm": "another mask of this volume is preferred",
        "seg/3.dcm": "neither its description nor a segment names the liver (source.mask_words)",
        "seg/4.dcm": "it refers to a series that is no sequence",
        "seg/5.dcm": "its header names no series that it was drawn on",
    }
    assert images.notes == [
        "seg/2.dcm holds several segments and none is named liver: prepare with the number of the"
        " right one as preparation.liver.label"
    ]


def test_what_is_open_is_asked_and_an_answer_settles_it(tmp_path):
    write_study(lambda kind: tmp_path / kind, "A1", kinds=("t1", "art", "pvp", "t2"))
    extra = {"PatientID": "A1", "SeriesDescription": "t2 other", "SeriesNumber": 9}
    extra["StudyInstanceUID"] = find_series(tmp_path / "t2").series[0].study_uid
    write_series(tmp_path / "other", make_volume(3), tags=extra)
    images = find_dicom_tree(tmp_path, rules())
    assert ("A1", "2020-01-02", "t2") not in images.volumes
    assert [row.description for row in images.unnamed] == ["t2 other", "t2 haste fs tra"]
    assert images.unnamed[0].reason == "t2: 2 are named t2"
    assert "TE 2.1 ms" in images.unnamed[0].details
    answered = answer(images.unnamed, haste="t2", other="-")
    again = find_dicom_tree(tmp_path, rules(answered))
    assert again.volumes["A1", "2020-01-02", "t2"].path == tmp_path / "t2"
    assert again.volumes["A1", "2020-01-02", "t2"].reason == "named in series_mapping.csv"
    assert again.unnamed == []
    assert "a person said it is no sequence" in reasons(again)


def test_a_person_overrules_headers_and_one_who_says_none_ends_the_question(tmp_path):
    write_study(lambda kind: tmp_path / kind, "A1", kinds=("t1", "art", "pvp"))
    images = find_dicom_tree(tmp_path, rules())
    assert "no t2 was found" in reasons(images)
    arterial = (tmp_path / "art").as_posix()
    key = next(key for folder, key in images.known if folder == arterial)
    again = find_dicom_tree(tmp_path, rules({(arterial, key): "pvp"}))
    assert again.volumes["A1", "2020-01-02", "pvp"].path == tmp_path / "art"
    assert again.volumes["A1", "2020-01-02", "t1"].path == tmp_path / "t1"


def test_a_folder_of_a_patient_holds_niftis_by_name_or_dicom_at_any_depth(tmp_path):
    write_nifti(tmp_path / "A1" / "T1.nii.gz")
    write_nifti(tmp_path / "A1" / "pv.nii.gz")
    write_nifti(tmp_path / "A1" / "liver.nii.gz")
    write_nifti(tmp_path / "A1" / "t1_mask.nii.gz")
    write_nifti(tmp_path / "A1" / "t2_mask.nii.gz")
    write_nifti(tmp_path / "A1" / "spleen.nii.gz")
    for date in ("2020-01-02", "20210102"):
        write_nifti(tmp_path / "A2" / date / "t2.nii.gz")
    write_study(lambda kind: tmp_path / "A3" / "deep" / "er" / kind, "other name")
    write_nifti(tmp_path / "A3" / "liver.nii.gz")
    images = find_folders(tmp_path)
    assert {key[0] for key in images.volumes} == {"A1", "A2", "A3"}
    masks = {key[2]: one.mask for key, one in images.volumes.items() if key[0] == "A1"}
    assert {name: mask.name for name, mask in masks.items()} == {
        "t1": "t1_mask.nii.gz",
        "pvp": "liver.nii.gz",
    }
    dates = [key[1] for key in images.volumes if key[0] == "A2"]
    assert dates == ["2020-01-02", "2021-01-02"]
    named = {key[2]: one for key, one in images.volumes.items() if key[0] == "A3"}
    assert set(named) == {"t1", "t2", "pvp"}
    assert named["pvp"].mask.name == "liver.nii.gz"
    told = {one.place: one.reason for one in images.left_out}
    assert told["A1/spleen.nii.gz"] == "no sequence of source.names has this name"
    assert told["A1/t2_mask.nii.gz"] == "the volume that the mask belongs to is absent"


def test_folders_that_cannot_be_one_patient_are_left_out_alone(tmp_path):
    write_nifti(tmp_path / "A1" / "t1.nii.gz")
    write_nifti(tmp_path / "Anna Müller" / "t1.nii.gz")
    write_damaged(tmp_path / "A2" / "t1.nii.gz")
    (tmp_path / "A3").mkdir()
    write_study(lambda kind: tmp_path / "A4" / "1", "one", kinds=("t1",))
    write_study(lambda kind: tmp_path / "A4" / "2", "two", kinds=("t1",))
    write_study(lambda kind: tmp_path / "A5", "five", kinds=("t1",))

    def find(folder):
        if folder.name == "A5":
            raise RuntimeError("unforeseen")
        return find_series(folder)

    images = find_folders(tmp_path, find=find)
    assert list(images.volumes) == [("A1", "", "t1")]
    told = {one.place: (one.reason, one.detail) for one in images.left_out}
    assert told["Anna Müller"][0].startswith("the folder's name is no identifier")
    assert told["A2/t1.nii.gz"][0] == "the header cannot be read"
    assert told["A3"][0] == "no volume was found in it"
    assert told["A4"][0] == "its DICOM files belong to several patients"
    assert told["A5"] == ("reading the patient failed", "RuntimeError: unforeseen")
    assert "A5" not in images.patients


def write_duke(root):
    """Write the key files and series of two patients; patient 7 has two series B."""
    segmented = {(7, 4): "B", (7, 8): "B", (12, 2): "K"}
    classified = segmented | {(7, 5): "A", (12, 3): "B", (12, 6): "L", (12, 9): "A"}
    kinds = {"A": "t2", "B": "t1", "K": "pvp"}
    for (patient, number), letter in classified.items():
        if letter not in kinds or number == 9:
            continue
        top = "Segmentation" if (patient, number) in segmented else "Series_Classification"
        folder = root / top / top / f"{patient:04}" / str(number)
        pixels = folder / "images" if top == "Segmentation" else folder
        tags = {"StudyDate": f"20200{number}01"}
        write_study(lambda kind, place=pixels: place, "anonymous", kinds=(kinds[letter],),
                    tags=tags)  # fmt: skip
        for path in pixels.iterdir():
            path.rename(path.with_suffix(".dicom"))
        if top == "Segmentation":
            write_series(folder / "masks", make_volume(3))
    for name, keyed in (("SegmentationKey.csv", segmented),
                        ("SeriesClassificationKey.csv", classified)):  # fmt: skip
        lines = [f"{patient},{number},{letter}" for (patient, number), letter in keyed.items()]
        (root / name).write_text("\n".join(["DLDS,Series,Label", *lines, "x,1,B"]) + "\n")
    return root


def find_duke_here(root, answers=None, **settings):
    return find_duke(root, rules(answers), DukeSettings(**settings), progress=silent)


def test_letters_of_duke_are_sequences_and_numbers_get_four_digits(tmp_path):
    images = find_duke_here(write_duke(tmp_path))
    assert sorted(images.volumes) == [
        ("duke-0007", "", "t2"),
        ("duke-0012", "", "pvp"),
        ("duke-0012", "", "t1"),
    ]
    assert images.volumes["duke-0012", "", "pvp"].mask.name == "masks"
    assert images.volumes["duke-0012", "", "t1"].mask is None
    told = {one.reason: one.place for one in images.left_out}
    assert told["letter L is none of source.sequences"] == "0012/6"
    assert told["the key names it, but it has no folder"] == "0012/9"
    assert told["a key file gives no numbers for it"] == "x/1"


def test_two_series_of_one_letter_are_a_persons_choice_or_a_settings(tmp_path):
    root = write_duke(tmp_path)
    images = find_duke_here(root)
    folders = [row.folder for row in images.unnamed]
    assert [folder.split("/")[-2] for folder in folders] == ["4", "8"]
    assert {row.patient_id for row in images.unnamed} == {"duke-0007"}
    second = images.unnamed[1]
    again = find_duke_here(root, read_answers([second._replace(sequence="t1")]))
    assert again.volumes["duke-0007", "", "t1"].path.as_posix() == second.folder
    assert again.unnamed == []
    chosen = find_duke_here(root, repeated="first").volumes["duke-0007", "", "t1"]
    assert chosen.path.parent.name == "4"


@pytest.mark.parametrize("find", [find_duke_here, find_folders])
def test_an_empty_folder_is_refused(tmp_path, find):
    with pytest.raises(ContractError, match="it holds nothing"):
        find(tmp_path)


def test_a_tree_without_volumes_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ContractError, match="expected DICOM files that make volumes"):
        find_dicom_tree(tmp_path, rules())
