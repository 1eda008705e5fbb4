"""DICOM segmentations of the liver, and the series that each refers to."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pydicom
from pydicom.errors import InvalidDicomError

from cirrhosis.cohort.dicom_studies import TakenSeries
from cirrhosis.cohort.found_images import MASK, FoundImages
from cirrhosis.cohort.image_import_settings import DicomSettings
from cirrhosis.contracts.series import FoundStudy

TAGS = ["Modality", "SeriesDescription", "ReferencedSeriesSequence", "SegmentSequence"]


class FoundMask(NamedTuple):
    """A segmentation by its header.

    Attributes:
        path: The file.
        description: SeriesDescription.
        series_uid: Series that it was drawn on; empty if the header names none.
        segments: Labels by number.
    """

    path: Path
    description: str
    series_uid: str
    segments: dict[int, str]


def find_masks(found: FoundStudy) -> list[FoundMask]:
    """Return the DICOM SEG files among those that make no volume, by path."""
    used = {one.folder / name for one in found.series for name in one.files}
    folders = sorted({refused.folder for refused in found.refused})
    files = (path for folder in folders for path in sorted(folder.iterdir()))
    headers = (_read(path) for path in files if path.is_file() and path not in used)
    return [mask for mask in headers if mask is not None]


def join_masks(
    images: FoundImages,
    taken: Iterable[TakenSeries],
    masks: Iterable[FoundMask],
    settings: DicomSettings,
) -> None:
    """Give each volume the liver mask that refers to its series, and account for the others."""
    by_series: dict[str, list[FoundMask]] = {}
    for mask in masks:
        reason = _refuse(mask, settings)
        if reason:
            images.leave_out(MASK, mask.path, reason, mask.description)
        else:
            by_series.setdefault(mask.series_uid, []).append(mask)
    for volume, series in taken:
        candidates = by_series.pop(series.series_uid, [])
        ranked = sorted(candidates, key=lambda mask: _rank(mask, settings))
        if ranked:
            key = (volume.patient_id, volume.study_date, volume.sequence)
            images.volumes[key] = volume._replace(mask=ranked[0].path)
            _note_segments(images, ranked[0], settings)
        for mask in ranked[1:]:
            images.leave_out(MASK, mask.path, "another mask of this volume is preferred",
                             mask.description)  # fmt: skip
    for mask in _flatten(by_series.values()):
        images.leave_out(MASK, mask.path, "it refers to a series that is no sequence",
                         mask.description)  # fmt: skip


def _read(path: Path) -> FoundMask | None:
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(TAGS))
        if header.get("Modality") != "SEG":
            return None
        references = header.get("ReferencedSeriesSequence") or []
        return FoundMask(
            path=path,
            description=str(header.get("SeriesDescription") or ""),
            series_uid=str(references[0].SeriesInstanceUID) if len(references) else "",
            segments={
                int(segment.SegmentNumber): str(segment.get("SegmentLabel") or "")
                for segment in header.get("SegmentSequence") or []
            },
        )
    except (InvalidDicomError, OSError, EOFError, ValueError, AttributeError, KeyError):
        # What cannot be read is accounted for by who looked for series.
        return None


def _refuse(mask: FoundMask, settings: DicomSettings) -> str:
    if not _livers(mask, settings) and not _holds(mask.description, settings.mask_words):
        return "neither its description nor a segment names the liver (source.mask_words)"
    return "" if mask.series_uid else "its header names no series that it was drawn on"


def _livers(mask: FoundMask, settings: DicomSettings) -> list[int]:
    return [number for number, label in mask.segments.items() if _holds(label, settings.mask_words)]


def _rank(mask: FoundMask, settings: DicomSettings) -> tuple[int, str]:
    words = settings.preferred_masks
    places = [place for place, word in enumerate(words) if _holds(mask.description, (word,))]
    return min(places, default=len(words)), mask.path.as_posix()


def _note_segments(images: FoundImages, mask: FoundMask, settings: DicomSettings) -> None:
    if len(mask.segments) > 1 and not _livers(mask, settings):
        images.notes.append(
            f"{images.locate(mask.path)} holds several segments and none is named liver: prepare"
            " with the number of the right one as preparation.liver.label"
        )


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return any(word.casefold() in text.casefold() for word in words)


def _flatten(groups: Iterable[list[FoundMask]]) -> Iterator[FoundMask]:
    return (mask for group in groups for mask in group)
