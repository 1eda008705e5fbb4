"""One volume for a sequence among those that may be it, or a question."""

from collections.abc import Iterable, Sequence

from cirrhosis.contracts.series import (
    PVP,
    T1,
    T2,
    AmbiguousSequence,
    FoundSeries,
    SequenceChoice,
)
from cirrhosis.imaging.sequence_candidates import Candidate
from cirrhosis.imaging.sequence_headers import describe_headers
from cirrhosis.imaging.sequence_phases import PRE, Phase, Phases
from cirrhosis.imaging.sequence_portal import find_portal
from cirrhosis.imaging.sequence_settings import IdentificationSettings

Found = SequenceChoice | AmbiguousSequence


def choose_portal(families: Sequence[Phases], settings: IdentificationSettings) -> Found:
    """Return the portal venous volume.

    One whose description says so goes before one that a clock or its place tells, then fat
    suppression, most slices, and the latest repeat.
    """
    searches = [find_portal(family, settings) for family in families]
    found = [phase for search in searches for phase in search.found]
    if not found:
        tried = [search for search in searches if search.candidates]
        open_ones = [phase.candidate for search in tried for phase in search.candidates]
        reason = "; ".join(dict.fromkeys(search.reason for search in tried))
        return _ask(PVP, open_ones, reason or "no T1-weighted gradient echo after contrast")
    best = max(found, key=lambda one: (one.said, *_rank(one.candidate)))
    others = [one.candidate for one in found]
    return _take(PVP, best.candidate, others, f"portal venous: {best.evidence}")


def choose_pre(families: Sequence[Phases], pvp: Found) -> Found:
    """Return the T1-weighted volume before contrast.

    Fat suppression goes first, then the family of the portal venous volume, a description that
    says `pre`, most slices, and the latest repeat.
    """
    portal = pvp.series if isinstance(pvp, SequenceChoice) else None
    same_family = {
        phase.candidate.series
        for family in families
        for phase in family
        if any(one.candidate.series == portal for one in family)
    }
    phases = [phase for family in families for phase in family]
    before = [phase for phase in phases if phase.name == PRE]
    if not before:
        unknown = [phase.candidate for phase in phases if not phase.name]
        if unknown:
            return _ask(T1, unknown, "nothing says which of them lie before contrast")
        return _ask(T1, [], "no T1-weighted gradient echo before contrast")

    def rank(phase: Phase) -> tuple[object, ...]:
        suppressed, *rest = _rank(phase.candidate)
        return (suppressed, phase.candidate.series in same_family, phase.said, *rest)

    best = max(before, key=rank)
    shared = best.candidate.series in same_family
    told = f"before contrast: {best.evidence}" + ("; the family of the pvp" if shared else "")
    # The portal venous volume of its family covers the liver, so it does, too.
    others = [] if shared else [one.candidate for one in before]
    return _take(T1, best.candidate, others, told)


def choose_t2(candidates: Sequence[Candidate]) -> Found:
    """Return the T2-weighted volume.

    One echo per slice goes first, then fat suppression, several shots before one, no inversion,
    most slices, and the latest repeat.
    """
    clear = [one for one in candidates if not one.words.echoes or one.series.echo_time_ms]
    if not clear:
        reason = "two echoes in one series and no echo time" if candidates else ""
        return _ask(T2, candidates, reason or "no axial T2-weighted spin echo")

    def rank(one: Candidate) -> tuple[object, ...]:
        suppressed, *rest = _rank(one)
        words = one.words
        single = (not words.echoes, suppressed, not words.single_shot, not words.is_stir)
        return (one.source == "description", *single, *rest)

    return _take(T2, max(clear, key=rank), clear, f"T2-weighted by {max(clear, key=rank).source}")


def _rank(candidate: Candidate) -> tuple[object, ...]:
    series = candidate.series
    return (candidate.suppressed, candidate.volumetric, series.n_slices, candidate.order)


def _take(sequence: str, best: Candidate, others: Iterable[Candidate], told: str) -> Found:
    """Return the choice, or a question if its name stands for stacks of different coverage."""
    stacks = [one for one in others if _is_other_stack(one, best)]
    if stacks:
        counts = ", ".join(str(one.series.n_slices) for one in (best, *stacks))
        reason = f"stacks of {counts} slices share one description; only one may hold the liver"
        return _ask(sequence, [best, *stacks], reason)
    fat = "fat suppressed, " if best.suppressed else ""
    headers = describe_headers(best.series)
    source = "" if best.series.echo_time_ms is not None else "; description and order only"
    return SequenceChoice(sequence, best.series, f"{told}; {fat}{headers}{source}")


def _is_other_stack(one: Candidate, best: Candidate) -> bool:
    same_name = one.words.text == best.words.text
    return same_name and one.series.n_slices != best.series.n_slices


def _ask(sequence: str, candidates: Iterable[Candidate], reason: str) -> AmbiguousSequence:
    series: list[FoundSeries] = [one.series for one in candidates]
    return AmbiguousSequence(sequence, tuple(series), reason)
