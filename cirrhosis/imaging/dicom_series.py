"""The volumes below a folder by their DICOM headers; what makes none is listed with its reason."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.series import FoundSeries, FoundStudy, RefusedSeries
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_description import describe_stack
from cirrhosis.imaging.dicom_groups import group_slices, places_of, split_phases
from cirrhosis.imaging.dicom_header import Header, read_header
from cirrhosis.imaging.dicom_slice import Slice, kind_fault, slice_of
from cirrhosis.imaging.dicom_stack import Stack, stack_of

MR = ("MR",)


class Survey(NamedTuple):
    """What lies below a folder, with what is needed to read it.

    Attributes:
        stacks: Volumes by folder, series number and part.
        refused: Files that make none and should.
        others: Series without any image of a volume, such as reports and segmentations.
    """

    stacks: tuple[tuple[FoundSeries, Stack], ...]
    refused: tuple[RefusedSeries, ...]
    others: tuple[RefusedSeries, ...]


def find_series(folder: Path) -> FoundStudy:
    """Return the MR volumes below `folder`, and what is none; fits `SeriesFinder`.

    Files are told by their content, not by their names. One volume never joins two series,
    and a series of several echoes, kinds or phases gives several volumes. Derived and
    non-axial ones are listed too: their description says so.

    Raises:
        ContractError: If there is no such folder.
    """
    found = survey(folder)
    return FoundStudy(tuple(series for series, _ in found.stacks), found.refused + found.others)


def survey(folder: Path, modalities: tuple[str, ...] = MR) -> Survey:
    """Return the volumes below `folder` with their slices.

    A file that may belong to a volume and cannot be read forbids the volume: without it the
    volume would silently end early.

    Args:
        folder: Searched with all folders in it.
        modalities: That may be read; empty for all.

    Raises:
        ContractError: If there is no such folder.
    """
    if not folder.is_dir():
        raise ContractError(f"expected a folder with DICOM files at {folder}; correct the path")
    series, damaged = _read_headers(folder)
    refused = [
        RefusedSeries(folder, "", "", len(reasons), first(reasons)) for reasons in _listed(damaged)
    ]
    others: list[RefusedSeries] = []
    stacks: list[tuple[FoundSeries, Stack]] = []
    for headers in series.values():
        has_image = not all(kind_fault(header, modalities) for header in headers)
        try:
            volumes = _volumes(headers, modalities, refused if has_image else others)
        except ContractError as error:
            refused.append(_refuse(headers, str(error)))
            continue
        stacks.extend(_sound(volumes, damaged, refused))
    stacks.sort(key=lambda pair: _order(pair[0]))
    return Survey(tuple(stacks), tuple(refused), tuple(others))


def _read_headers(folder: Path) -> tuple[dict[str, list[Header]], dict[Path, str]]:
    """Return the headers by series, and why each damaged file cannot be read."""
    series: dict[str, list[Header]] = defaultdict(list)
    damaged: dict[Path, str] = {}
    for path in _files(folder):
        try:
            header = read_header(path)
        except (ContractError, OSError) as error:
            damaged[path] = str(error)
            continue
        if header is not None:
            series[header.series_uid].append(header)
    return series, damaged


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and name != "DICOMDIR" and path.is_file():
                yield path


def _listed(damaged: dict[Path, str]) -> list[list[str]]:
    return [list(damaged.values())] if damaged else []


def _volumes(
    headers: list[Header], modalities: tuple[str, ...], refused: list[RefusedSeries]
) -> list[tuple[FoundSeries, Stack]]:
    """Return the volumes of one series; what is no image is refused beside them.

    Raises:
        ContractError: If a file that may belong to them is damaged.
    """
    kinds: dict[str, list[Header]] = defaultdict(list)
    for header in _distinct(headers):
        kinds[kind_fault(header, modalities)].append(header)
    images = kinds.pop("", [])
    refused.extend(_refuse(others, reason) for reason, others in kinds.items())
    groups = group_slices(_slices(images))
    _check_strays(groups)
    groups.sort(key=lambda group: _first_number(group))
    parts = [part for group in groups for part in _phases(group)]
    parts.sort(key=lambda part: _begin(part[0]))
    volumes = []
    for number, (slices, n_places) in enumerate(parts):
        try:
            stack = _stack(slices, n_places)
        except ContractError as error:
            refused.append(_refuse([one.header for one in slices], str(error)))
        else:
            volumes.append((describe_stack(stack, number, len(parts)), stack))
    return volumes


def _distinct(headers: list[Header]) -> list[Header]:
    """Return each instance once; a file that was copied twice is no second slice."""
    by_uid: dict[str, list[Header]] = defaultdict(list)
    for header in headers:
        by_uid[header.sop_uid].append(header)
    for copies in by_uid.values():
        contents = {hashlib.sha256(copy.file.read_bytes()).digest() for copy in copies[1:]}
        if contents and contents != {hashlib.sha256(copies[0].file.read_bytes()).digest()}:
            raise ContractError(
                f"{len(copies)} different files say that they are the same instance:"
                f" {first(copy.file.name for copy in copies)}; remove the wrong ones"
            )
    return [copies[0] for copies in by_uid.values()]


def _slices(headers: list[Header]) -> list[Slice]:
    slices, faults = [], []
    for header in headers:
        try:
            slices.append(slice_of(header))
        except ContractError as error:
            faults.append(f"{header.file.name}: {error}")
    if faults:
        raise ContractError(f"{len(faults)} of {len(headers)} files are no slices: {first(faults)}")
    return slices


def _check_strays(groups: list[list[Slice]]) -> None:
    """Refuse a series in which one or two slices differ from the many in their header."""
    for group in groups:
        larger = [other for other in groups if len(other) > len(group)]
        same_size = [other for other in larger if _size(other) == _size(group)]
        if len(group) <= 2 and same_size:
            raise ContractError(
                f"{len(group)} of its slices ({first(one.file.name for one in group)}) differ from"
                f" {len(same_size[0])} others in orientation, pixel spacing, echo time or kind, so"
                " a header is damaged or a slice belongs elsewhere; correct or remove them"
            )


def _size(group: list[Slice]) -> tuple[int, int]:
    return group[0].rows, group[0].columns


def _phases(group: list[Slice]) -> list[tuple[list[Slice], int]]:
    n_places = int(places_of(group).max()) + 1
    return [(part, n_places) for part in split_phases(group)]


def _stack(slices: list[Slice], n_places: int) -> Stack:
    stack = stack_of(slices)
    if len(slices) < n_places:
        raise ContractError(
            f"this phase has {len(slices)} slices and the others {n_places}, so slices are missing;"
            " export the series whole"
        )
    return stack


def _begin(slices: list[Slice]) -> float:
    times = [value.seconds(one.header.tags, "AcquisitionTime") for one in slices]
    return min((time for time in times if time is not None), default=0.0)


def _first_number(slices: list[Slice]) -> float:
    found = [value.number(one.header.tags, "InstanceNumber") for one in slices]
    return min((number for number in found if number is not None), default=0.0)


def _sound(
    volumes: list[tuple[FoundSeries, Stack]],
    damaged: dict[Path, str],
    refused: list[RefusedSeries],
) -> Iterator[tuple[FoundSeries, Stack]]:
    """Yield the volumes beside which no unreadable file lies."""
    places: dict[Path, list[Path]] = defaultdict(list)
    for path in damaged:
        places[path.parent].append(path)
    for series, stack in volumes:
        beside = [
            path
            for place in {one.file.parent for one in stack.slices}
            for path in places.get(place, [])
        ]
        if not beside:
            yield series, stack
            continue
        refused.append(
            _refuse(
                [one.header for one in stack.slices],
                f"{len(beside)} unreadable files lie among its slices and may belong to them:"
                f" {first(path.name for path in beside)}; copy them again, or remove them",
            )
        )


def _refuse(headers: Sequence[Header], reason: str) -> RefusedSeries:
    one = headers[0]
    folder = Path(os.path.commonpath([header.file.parent for header in headers]))
    description = value.text(one.tags, "SeriesDescription")
    return RefusedSeries(folder, one.series_uid, description, len(headers), reason)


def _order(series: FoundSeries) -> tuple[str, int, str, int]:
    return str(series.folder), series.series_number or 0, series.series_uid, series.part
