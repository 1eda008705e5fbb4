"""Slices of one series into groups that may each be a volume, and repeated ones into phases."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from cirrhosis.contracts.volume import Array
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_slice import AXIS_TOLERANCE, Slice

# Two slices this near lie at one position; no scanner makes thinner slices.
SAME_PLACE_MM = 0.05
# Echoes of one acquisition lie at least this far apart.
SAME_ECHO_MS = 0.05
SAME_PIXEL = 1e-3

Parts = list[list[Slice]]


def group_slices(slices: Sequence[Slice]) -> Parts:
    """Return the slices of a series by size, spacing, orientation, echo and kind of image.

    T2 and proton density, in and opposed phase, or b-values may share one series.
    """
    groups: Parts = []
    for one in slices:
        for group in groups:
            if _belongs(one, group[0]):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def split_phases(group: list[Slice]) -> Parts:
    """Return the phases of a group in their order; the group itself if no position repeats.

    A rule that makes every phase hold each position once decides; else the first that lets
    no position repeat, whose incomplete phases are then refused one by one; else none does
    and the group stays together.
    """
    places = places_of(group)
    n_places = int(places.max()) + 1
    if len(group) == n_places:
        return [group]
    candidates = [parts for rule in RULES if (parts := rule(group, places)) is not None]
    whole = [parts for parts in candidates if all(len(part) == n_places for part in parts)]
    return (whole or candidates or [[group]])[0]


def places_of(slices: Sequence[Slice]) -> Array:
    """Return at which position along the normal each slice lies, from 0."""
    along = np.array([float(one.position_mm @ slices[0].normal) for one in slices])
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order]) > SAME_PLACE_MM
    places = np.empty(len(slices), int)
    places[order] = np.concatenate([[0], np.cumsum(steps)])
    return places


def _belongs(one: Slice, other: Slice) -> bool:
    return (
        _kind(one) == _kind(other)
        and np.allclose(one.along_row, other.along_row, atol=AXIS_TOLERANCE)
        and np.allclose(one.along_column, other.along_column, atol=AXIS_TOLERANCE)
        and np.allclose(one.pixel_mm, other.pixel_mm, rtol=SAME_PIXEL)
        and all(_near(one, other, name) for name in ("EchoTime", "DiffusionBValue"))
    )


def _kind(one: Slice) -> tuple[object, ...]:
    tags = one.header.tags
    return (
        *(one.rows, one.columns, value.words(tags, "ImageType")),
        *(value.text(tags, name) for name in ("SeriesDescription", "FrameOfReferenceUID")),
    )


def _near(one: Slice, other: Slice, keyword: str) -> bool:
    mine, theirs = (value.number(each.header.tags, keyword) for each in (one, other))
    if mine is None or theirs is None:
        return mine is theirs
    return abs(mine - theirs) < SAME_ECHO_MS


Rule = Callable[[list[Slice], Array], Parts | None]


def _by_value(keyword: str) -> Rule:
    """Return the rule that slices of equal value are one phase."""

    def split(group: list[Slice], places: Array) -> Parts | None:
        values = [value.number(one.header.tags, keyword) for one in group]
        if None in values:
            return None
        pairs = sorted(zip(values, range(len(group)), strict=True))
        parts = [[i for _, i in same] for _, same in groupby(pairs, key=lambda pair: pair[0])]
        if any(len(set(places[part])) < len(part) for part in parts):
            return None
        return [[group[i] for i in part] for part in parts]

    return split


def _by_order(read: Callable[[Slice], float | None]) -> Rule:
    """Return the rule that the first slice of each position is of the first phase, and so on."""

    def split(group: list[Slice], places: Array) -> Parts | None:
        values = [read(one) for one in group]
        counts = np.bincount(places)
        if None in values or len(set(zip(values, places.tolist(), strict=True))) < len(group):
            return None
        if counts.min() < counts.max():
            return None
        order = sorted(range(len(group)), key=lambda i: (places[i], values[i]))
        n_phases = int(counts.max())
        return [[group[i] for i in order[phase::n_phases]] for phase in range(n_phases)]

    return split


def _seconds(keyword: str) -> Callable[[Slice], float | None]:
    return lambda one: value.seconds(one.header.tags, keyword)


def _number(keyword: str) -> Callable[[Slice], float | None]:
    return lambda one: value.number(one.header.tags, keyword)


RULES: tuple[Rule, ...] = (
    _by_value("TemporalPositionIdentifier"),
    _by_value("AcquisitionNumber"),
    _by_order(_seconds("AcquisitionTime")),
    _by_order(_number("TriggerTime")),
    _by_order(_seconds("ContentTime")),
    _by_order(_number("InstanceNumber")),
)
