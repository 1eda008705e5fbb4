"""Duke Liver Dataset: DICOM series by letter, masks for some of them, no label.

Layout: `SegmentationKey.csv`, `SeriesClassificationKey.csv` (columns DLDS, Series, Label),
`Segmentation/<DLDS>/<series>/{images,masks}`, `Series_Classification/<DLDS>/<series>`; DLDS is
a number in the keys and has four digits on the disk.
"""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from cirrhosis.cohort.dicom_studies import (
    DicomRules,
    Study,
    describe_scanners,
    leave_out_refused,
    make_question,
    place_of,
)
from cirrhosis.cohort.found_images import SERIES, FoundImages, FoundVolume, first_of
from cirrhosis.cohort.image_import_settings import DukeSettings
from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.source_tree import expect_any, find_folder
from cirrhosis.cohort.table_import_settings import TableFormat
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import Progress
from cirrhosis.contracts.series import FoundSeries

KEYS = ("SegmentationKey.csv", "SeriesClassificationKey.csv")
COLUMNS = {"DLDS", "Series", "Label"}


class KeyedSeries(NamedTuple):
    """One line of the key files."""

    patient: int
    number: int
    letter: str


class Candidate(NamedTuple):
    """A series on the disk that a letter says is a sequence."""

    keyed: KeyedSeries
    series: FoundSeries
    mask: Path | None


def find_duke(
    root: Path, rules: DicomRules, settings: DukeSettings, *, progress: Progress
) -> FoundImages:
    """Return the series whose letter is a sequence, each patient as one study without date.

    Raises:
        ContractError: If no key file lies there or one lacks a column.
    """
    images = FoundImages(root)
    keyed = _read_keys(images)
    by_patient: dict[int, list[KeyedSeries]] = defaultdict(list)
    for one in keyed:
        by_patient[one.patient].append(one)
    patients = sorted(by_patient.items())
    for number, series in progress(patients, total=len(patients), label="import"):
        patient_id = f"{settings.prefix}{number:04}"
        with images.only_patient(patient_id):
            images.add_patient(patient_id)
            _add_patient(images, patient_id, series, rules=rules, settings=settings)
    images.notes.append(
        "the dataset says nothing of cirrhosis; its letters are kinds of series, not stages. A"
        " label comes from a table of yours (source.table.file)"
    )
    return images


def _read_keys(images: FoundImages) -> list[KeyedSeries]:
    """Return the lines of both keys, each series once."""
    root = images.folder
    paths = [root / name for name in KEYS if (root / name).is_file()]
    expect_any(paths, root, list(KEYS), "the key files of the Duke Liver Dataset")
    letters: dict[tuple[int, int], str] = {}
    for path in paths:
        table = read_source_table(path, TableFormat())
        if not set(table.columns) >= COLUMNS:
            raise ContractError(
                f"{path}: expected the columns DLDS, Series and Label, but it has"
                f" {', '.join(table.columns)}"
            )
        for row in table.to_dict("records"):
            if not (row["DLDS"].isdecimal() and row["Series"].isdecimal()):
                named = f"{row['DLDS']}/{row['Series']}"
                images.leave_out(SERIES, named, "a key file gives no numbers for it")
                continue
            key = (int(row["DLDS"]), int(row["Series"]))
            if letters.setdefault(key, row["Label"]) != row["Label"]:
                named = f"{key[0]:04}/{key[1]}"
                images.leave_out(SERIES, named, "the key files give it two letters")
                letters[key] = ""
    return [KeyedSeries(*key, letter) for key, letter in sorted(letters.items())]


def _add_patient(
    images: FoundImages,
    patient_id: str,
    keyed: list[KeyedSeries],
    *,
    rules: DicomRules,
    settings: DukeSettings,
) -> None:
    by_sequence: dict[str, list[Candidate]] = defaultdict(list)
    for one in keyed:
        sequence = settings.sequences.get(one.letter)
        if sequence is None:
            named = f"{one.patient:04}/{one.number}"
            images.leave_out(SERIES, named, f"letter {one.letter} is none of source.sequences")
        else:
            by_sequence[sequence] += _find_candidates(images, one, rules)
    taken = []
    for sequence, candidates in by_sequence.items():
        chosen = _choose(images, patient_id, sequence, candidates, rules=rules, settings=settings)
        if chosen is not None and _add(images, patient_id, sequence, chosen):
            taken.append(chosen.series)
    images.add_patient(patient_id, **describe_scanners(taken))


def _find_candidates(images: FoundImages, keyed: KeyedSeries, rules: DicomRules) -> list[Candidate]:
    inside = f"{keyed.patient:04}/{keyed.number}"
    parts = (find_folder(images.folder, name) for name in ("Segmentation", "Series_Classification"))
    places = [part / inside for part in parts if part is not None]
    folder = first_of(places)
    if folder is None:
        images.leave_out(SERIES, inside, "the key names it, but it has no folder")
        return []
    pixels = first_of([folder / "images", folder])
    masks = folder / "masks"
    found = rules.find(pixels or folder)
    leave_out_refused(images, found)
    images.known.update(map(place_of, found.series))
    mask = masks if masks.is_dir() else None
    return [Candidate(keyed, one, mask) for one in found.series]


def _choose(
    images: FoundImages,
    patient_id: str,
    sequence: str,
    candidates: list[Candidate],
    *,
    rules: DicomRules,
    settings: DukeSettings,
) -> Candidate | None:
    """Return one volume; several of one letter are a person's choice unless settings say."""
    said = [rules.answers.get(place_of(one.series), "") for one in candidates]
    named = [one for one, word in zip(candidates, said, strict=True) if word == sequence]
    open_ones = [one for one, word in zip(candidates, said, strict=True) if not word]
    remaining = named or open_ones
    if len(remaining) > 1 and settings.repeated == "ask":
        reason = f"{sequence}: {len(remaining)} volumes have the letter {remaining[0].keyed.letter}"
        study = Study(patient_id, "", ())
        images.unnamed += [make_question(study, one.series, reason) for one in remaining]
        return None
    chosen = remaining[0] if remaining else None
    for one in candidates:
        if one is not chosen:
            place = f"{one.keyed.patient:04}/{one.keyed.number}"
            images.leave_out(SERIES, place, "another volume of this letter is used")
    return chosen


def _add(images: FoundImages, patient_id: str, sequence: str, chosen: Candidate) -> bool:
    reason = f"letter {chosen.keyed.letter}, series {chosen.keyed.number}"
    return images.add_volume(
        FoundVolume(
            patient_id,
            "",
            sequence,
            chosen.series.folder,
            chosen.mask,
            series=chosen.series.key,
            description=chosen.series.description,
            reason=reason,
        )
    )
