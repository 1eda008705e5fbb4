"""Studies of DICOM volumes: which volume is which sequence, by headers or by a person's word."""

from collections.abc import Iterable
from typing import NamedTuple

from cirrhosis.cohort.found_images import SERIES, STUDY, FoundImages, FoundVolume
from cirrhosis.cohort.image_import_settings import DicomSettings
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sequence_mapping import FILE, NONE, MappingRow
from cirrhosis.contracts.series import (
    AmbiguousSequence,
    FoundSeries,
    FoundStudy,
    IdentifiedStudy,
    SequenceChoice,
    SequenceIdentifier,
    SeriesFinder,
)

NAMED_BY_A_PERSON = f"named in {FILE}"
Place = tuple[str, str]
Answers = dict[Place, str]


class DicomRules(NamedTuple):
    """How DICOM files become sequences.

    Attributes:
        find: Lists volumes below a folder.
        identify: Tells the sequences of a study by headers.
        answers: What a person said of volumes, by absolute folder and key.
        masks: Which segmentations count as liver masks.
    """

    find: SeriesFinder
    identify: SequenceIdentifier
    answers: Answers
    masks: DicomSettings


class Study(NamedTuple):
    """Volumes of one examination of one patient."""

    patient_id: str
    date: str
    series: tuple[FoundSeries, ...]


class TakenSeries(NamedTuple):
    """A volume of the cohort and the headers it comes from."""

    volume: FoundVolume
    series: FoundSeries


def read_answers(rows: Iterable[MappingRow]) -> Answers:
    """Return what a person said of volumes, by folder and key; folders are absolute."""
    return {(row.folder, row.series): row.sequence for row in rows if row.sequence}


def group_studies(patient_id: str, series: Iterable[FoundSeries]) -> list[Study]:
    """Return the examinations of a patient by date; one without a date comes first."""
    by_study: dict[str, list[FoundSeries]] = {}
    for one in series:
        by_study.setdefault(one.study_uid, []).append(one)
    studies = [
        Study(patient_id, min(one.study_date for one in group), tuple(group))
        for group in by_study.values()
    ]
    return sorted(studies, key=lambda study: (study.date, study.series[0].study_uid))


def leave_out_refused(images: FoundImages, found: FoundStudy) -> None:
    """Account for files that make no volume."""
    for refused in found.refused:
        told = f"{refused.n_files} files, {refused.description or refused.series_uid}"
        images.leave_out(SERIES, refused.folder, "the files make no volume",
                         f"{told}: {refused.reason}")  # fmt: skip


def take_study(images: FoundImages, study: Study, rules: DicomRules) -> list[TakenSeries]:
    """Add the sequences of one study and ask a person for those that stay open.

    What a person said of a volume goes before everything that headers say.

    Args:
        images: What was found so far; volumes, questions and what is left out are added.
        study: The volumes of one examination.
        rules: How volumes become sequences.

    Returns:
        What was added, for masks that refer to a series.
    """
    said = {place: rules.answers.get(place, "") for place in map(place_of, study.series)}
    images.known.update(said)
    try:
        identified = rules.identify(study.series)
    except ContractError as error:
        images.leave_out(STUDY, _name(study), "its sequences cannot be told", str(error))
        identified = IdentifiedStudy((), ())
    choices = _choose(study, said, identified)
    settled = {choice.sequence for choice in choices}
    open_ones = [one for one in identified.ambiguous if one.sequence not in settled]
    asked = _ask(images, study, open_ones, said)
    used = {place_of(choice.series) for choice in choices} | asked
    for one in study.series:
        if place_of(one) not in used:
            is_said = bool(said[place_of(one)])
            reason = "a person said it is no sequence" if is_said else "it is no sequence"
            images.leave_out(SERIES, one.folder, reason, f"{one.description} ({one.key})")
    taken = (_take(images, study, choice) for choice in choices)
    return [one for one in taken if one is not None]


def place_of(series: FoundSeries) -> Place:
    """Return by which folder and key a volume is named in a mapping file."""
    return series.folder.as_posix(), series.key


def _choose(
    study: Study, said: dict[Place, str], identified: IdentifiedStudy
) -> list[SequenceChoice]:
    """Return one volume per sequence: a person's first, then those of headers."""
    choices = {}
    for one in study.series:
        word = said[place_of(one)]
        if word not in ("", NONE):
            choices[word] = SequenceChoice(word, one, NAMED_BY_A_PERSON)
    for choice in identified.choices:
        if not said[place_of(choice.series)]:
            choices.setdefault(choice.sequence, choice)
    return list(choices.values())


def _take(images: FoundImages, study: Study, choice: SequenceChoice) -> TakenSeries | None:
    one = choice.series
    volume = FoundVolume(
        study.patient_id,
        study.date,
        choice.sequence,
        one.folder,
        series=one.key,
        description=one.description,
        reason=choice.reason,
    )
    return TakenSeries(volume, one) if images.add_volume(volume) else None


def _ask(
    images: FoundImages,
    study: Study,
    open_ones: list[AmbiguousSequence],
    said: dict[Place, str],
) -> set[Place]:
    """Add a question for each candidate of an open sequence; return where they lie."""
    asked: dict[Place, MappingRow] = {}
    for ambiguous in open_ones:
        reason = f"{ambiguous.sequence}: {ambiguous.reason}"
        candidates = [one for one in ambiguous.candidates if not said[place_of(one)]]
        for one in candidates:
            before = asked.get(place_of(one))
            told = f"{before.reason}; {reason}" if before else reason
            asked[place_of(one)] = make_question(study, one, told)
        if not candidates:
            absent = f"no {ambiguous.sequence} was found"
            images.leave_out(STUDY, _name(study), absent, ambiguous.reason)
    images.unnamed += asked.values()
    return set(asked)


def make_question(study: Study, series: FoundSeries, reason: str) -> MappingRow:
    """Return the row by which a person is asked what a volume is."""
    return MappingRow(
        patient_id=study.patient_id,
        study_date=study.date,
        folder=series.folder.as_posix(),
        series=series.key,
        description=series.description,
        details=_describe(series),
        reason=reason,
    )


def _describe(series: FoundSeries) -> str:
    """Return the numbers of a volume that help to recognise it."""
    parts = [
        None if series.series_number is None else f"series {series.series_number}",
        f"volume {series.part + 1} of {series.n_parts}" if series.n_parts > 1 else None,
        f"{series.n_slices} {series.orientation} slices".replace("  ", " "),
        None if series.repetition_time_ms is None else f"TR {series.repetition_time_ms:g} ms",
        None if series.echo_time_ms is None else f"TE {series.echo_time_ms:g} ms",
        None if series.flip_angle_deg is None else f"flip {series.flip_angle_deg:g} deg",
        None if series.acquisition_s is None else f"taken at {_clock(series.acquisition_s)}",
        f"contrast {series.contrast_agent}" if series.contrast_agent else None,
    ]
    return ", ".join(part for part in parts if part)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}"


def _name(study: Study) -> str:
    return f"{study.patient_id} {study.date}".strip()


def describe_scanners(taken: Iterable[FoundSeries]) -> dict[str, object]:
    """Return the scanner columns of `patients.csv`, those that all volumes of a patient agree on.

    Args:
        taken: Headers of a patient's volumes.
    """
    series = list(taken)
    makers = {one.manufacturer for one in series if one.manufacturer}
    fields = {one.field_strength_t for one in series if one.field_strength_t}
    columns: dict[str, object] = {}
    if len(makers) == 1:
        columns["manufacturer"] = makers.pop()
    if len(fields) == 1:
        columns["field_strength_t"] = fields.pop()
    return columns
