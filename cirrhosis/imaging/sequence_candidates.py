"""Volumes that may be a sequence, and what is known of each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cirrhosis.contracts.series import T1, T2, FoundSeries
from cirrhosis.imaging.sequence_headers import find_veto, suppresses_fat, weigh_by_headers
from cirrhosis.imaging.sequence_settings import IdentificationSettings
from cirrhosis.imaging.sequence_words import VOLUMETRIC, DescriptionWords, read_words

TIMING = "bolus timing"
Order = tuple[float, int, int, str]
SUBTRACTION = re.compile(r"(?<![a-z0-9])s(\d+)[ -]+s(\d+)")


@dataclass(frozen=True)
class Candidate:
    """A volume that may be a sequence.

    Attributes:
        series: The volume.
        words: What its description says.
        weighting: `t1` or `t2`.
        source: What told the weighting, in words.
        order: Place in the study in time.
    """

    series: FoundSeries
    words: DescriptionWords
    weighting: str
    source: str
    order: Order

    @property
    def suppressed(self) -> bool:
        """Whether fat is suppressed."""
        return self.words.suppressed or suppresses_fat(self.series)

    @property
    def volumetric(self) -> bool:
        """Whether it is of a kind of gradient echo that fills a volume at once."""
        return self.words.brand in VOLUMETRIC


class StudyMarks(NamedTuple):
    """Volumes of a study that tell when contrast was given.

    Attributes:
        timing: Places of acquisitions that time a bolus.
        subtracted: Numbers of series that a subtraction takes away: before contrast.
        minuends: Numbers of series that it takes them from: after contrast.
    """

    timing: tuple[Order, ...]
    subtracted: frozenset[int]
    minuends: frozenset[int]


def order_study(study: Iterable[FoundSeries]) -> dict[FoundSeries, Order]:
    """Return the place of each volume: by time, or by number if a volume has no time."""
    series = list(study)
    times = [one.acquisition_s for one in series]
    known = [time for time in times if time is not None]
    if len(known) < len(series):
        known = [0.0] * len(series)
    return {
        one: (time, one.series_number or 0, one.part, one.key)
        for one, time in zip(series, known, strict=True)
    }


def find_candidates(
    study: Sequence[FoundSeries], settings: IdentificationSettings
) -> tuple[Candidate, ...]:
    """Return the volumes that may be a sequence, in the order of time."""
    words = {series: read_words(_text(series)) for series in study}
    partners = _find_in_phase_partners(words)
    places = order_study(study)
    found = []
    for series in sorted(study, key=places.__getitem__):
        candidate = _judge(series, words[series], places[series], settings)
        if candidate and series not in partners and _is_axial(candidate, words):
            found.append(candidate)
    return tuple(found)


def find_marks(study: Sequence[FoundSeries]) -> StudyMarks:
    """Return what of a study tells when contrast was given."""
    places = order_study(study)
    words = {series: read_words(series.description) for series in study}
    timing = sorted(places[series] for series, said in words.items() if said.instead == TIMING)
    pairs = [
        match.groups()
        for said in words.values()
        if said.instead == "subtraction" and (match := SUBTRACTION.search(said.text))
    ]
    return StudyMarks(
        tuple(timing),
        frozenset(int(taken) for _, taken in pairs),
        frozenset(int(minuend) for minuend, _ in pairs),
    )


def _text(series: FoundSeries) -> str:
    """Return the description, or the protocol where the description says nothing."""
    said = read_words(series.description)
    if said.weighting or said.instead or not series.protocol:
        return series.description
    return f"{series.description} {series.protocol}"


def _judge(
    series: FoundSeries, words: DescriptionWords, order: Order, settings: IdentificationSettings
) -> Candidate | None:
    if words.instead or words.plane in ("coronal", "sagittal"):
        return None
    weighting, source = words.weighting, "description"
    if not weighting:
        weighting, source = weigh_by_headers(series, settings), "headers alone"
    if not weighting or _is_wrong_echo(words, weighting):
        return None
    if find_veto(series, weighting, settings):
        return None
    return Candidate(series, words, weighting, source, order)


def _is_wrong_echo(words: DescriptionWords, weighting: str) -> bool:
    """Tell whether it is an in-phase or opposed-phase T1 volume.

    Some dynamic groups are acquired in phase, so after contrast being in phase is no reason.
    """
    if weighting == T2:
        return False
    is_after = words.phase not in ("", "pre")
    return bool(words.echoes) and not (words.echoes == "in phase" and is_after)


def _find_in_phase_partners(words: dict[FoundSeries, DescriptionWords]) -> set[FoundSeries]:
    """Return volumes beside one that is called opposed phase, of the same kind and size.

    A pair of single-echo acquisitions often names the opposed one only.
    """
    opposed = [(series, said) for series, said in words.items() if said.echoes == "opposed phase"]
    return {
        series
        for series, said in words.items()
        for other, other_said in opposed
        if said.brand
        and said.brand == other_said.brand
        and not (said.echoes or said.phase or said.suppressed)
        and abs((series.series_number or 0) - (other.series_number or 0)) == 1
    }


def _is_axial(candidate: Candidate, words: dict[FoundSeries, DescriptionWords]) -> bool:
    """Tell whether an unnamed plane is axial.

    Dynamic T1 volumes are axial unless they say otherwise. An unnamed T2 volume is often
    coronal; it counts if it has as many slices as a volume that is called axial.
    """
    is_known = candidate.series.orientation or candidate.words.plane
    if is_known or candidate.weighting == T1:
        return True
    return any(
        said.plane == "axial" and series.n_slices == candidate.series.n_slices
        for series, said in words.items()
    )
