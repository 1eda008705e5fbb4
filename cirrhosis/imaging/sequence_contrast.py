"""Whether volumes that do not say so lie before or after contrast."""

from collections.abc import Callable, Sequence
from functools import partial

from cirrhosis.imaging.sequence_candidates import StudyMarks
from cirrhosis.imaging.sequence_families import Family, siblings_of
from cirrhosis.imaging.sequence_phases import (
    ARTERIAL,
    PORTAL,
    POST,
    PRE,
    UNKNOWN,
    Phase,
    Phases,
    after_first,
    is_after_contrast,
    name_moment,
    state_phases,
)
from cirrhosis.imaging.sequence_settings import IdentificationSettings

Rule = Callable[[Phases], Phases]
# Before contrast, arterial, portal venous, delayed: what four volumes are if nothing tells.
N_USUAL = 4


def place_phases(
    families: Sequence[Family],
    marks: StudyMarks,
    settings: IdentificationSettings,
    *,
    has_contrast: bool,
) -> tuple[Phases, ...]:
    """Return the phase of every volume, family by family.

    What a description states stays. The others follow, each rule after the one before it: the
    time of the bolus, subtractions, the contrast agent, the acquisition that times the bolus,
    neighbours that say what they are, and the usual group of four.

    Args:
        families: T1-weighted volumes.
        marks: What else in the study tells when contrast was given.
        settings: Limits.
        has_contrast: False if the study says that none was given.
    """
    placed = [state_phases(family, settings) for family in families]
    stated = [phase for family in placed for phase in family if phase.name]
    rules: tuple[Rule, ...] = (
        partial(_by_bolus, bolus_s=_find_bolus(families), settings=settings),
        partial(_by_subtraction, marks=marks),
        _by_agent,
        partial(_by_timing, marks=marks),
        partial(_by_neighbours, stated=stated),
    )
    for rule in rules:
        placed = [rule(family) for family in placed]
    if not stated:
        placed = [_by_usual_group(family, settings) for family in placed]
    if not has_contrast and not any(map(is_after_contrast, stated)):
        placed = [_without_contrast(family) for family in placed]
    return tuple(placed)


def _find_bolus(families: Sequence[Family]) -> float | None:
    times = [one.series.bolus_s for family in families for one in family]
    return next((time for time in times if time is not None), None)


def _settle(phase: Phase, name: str, evidence: str) -> Phase:
    """Return the phase with a name if it has none."""
    if phase.name or not name:
        return phase
    return phase._replace(name=name, evidence=evidence)


def _by_bolus(family: Phases, bolus_s: float | None, settings: IdentificationSettings) -> Phases:
    if bolus_s is None:
        return family
    return tuple(_clock(phase, bolus_s, settings) for phase in family)


def _clock(phase: Phase, bolus_s: float, settings: IdentificationSettings) -> Phase:
    time = phase.candidate.series.acquisition_s
    if time is None:
        return phase
    if time < bolus_s:
        return _settle(phase, PRE, "acquired before the bolus")
    seconds = time - bolus_s
    timed = phase._replace(seconds=seconds)
    name = name_moment(seconds, settings)
    return _settle(timed, name, f"{seconds:.0f} s after the start of the bolus")


def _by_subtraction(family: Phases, marks: StudyMarks) -> Phases:
    def name(phase: Phase) -> str:
        number = phase.candidate.series.series_number
        if number in marks.subtracted:
            return PRE
        return POST if number in marks.minuends else UNKNOWN

    return tuple(_settle(one, name(one), "by the name of a subtraction") for one in family)


def _by_agent(family: Phases) -> Phases:
    """Use ContrastBolusAgent where it parts the family: none at first, then in all."""
    has_agent = [bool(phase.candidate.series.contrast_agent) for phase in family]
    first = has_agent.index(True) if True in has_agent else 0
    if first == 0 or not all(has_agent[first:]):
        return family
    names = [POST if has else PRE for has in has_agent]
    return tuple(
        _settle(phase, name, f"{'a' if name == POST else 'no'} contrast agent in its header")
        for phase, name in zip(family, names, strict=True)
    )


def _by_timing(family: Phases, marks: StudyMarks) -> Phases:
    """Use acquisitions that time the bolus if the family lies on both sides of them."""
    if not marks.timing:
        return family
    first, last = marks.timing[0], marks.timing[-1]
    before = [phase.candidate.order < first for phase in family]
    after = [phase.candidate.order > last for phase in family]
    if not (any(before) and any(after)):
        return family
    return tuple(
        _settle(
            phase,
            PRE if is_before else POST if is_after else UNKNOWN,
            f"{'before' if is_before else 'after'} the timing of the bolus",
        )
        for phase, is_before, is_after in zip(family, before, after, strict=True)
    )


def _by_neighbours(family: Phases, stated: Sequence[Phase]) -> Phases:
    """Use volumes that say what they are: later ones of the family, or any after contrast."""
    lone = [phase for phase in family if not phase.name]
    return tuple(_settle(one, *_compare(one, family, stated, len(lone))) for one in family)


def _compare(
    phase: Phase, family: Phases, stated: Sequence[Phase], n_unknown: int
) -> tuple[str, str]:
    order = phase.candidate.order
    posts = [one for one in stated if is_after_contrast(one)]
    earlier = [one for one in posts if one.candidate.order < order]
    if earlier:
        return POST, f"after '{earlier[0].candidate.series.description}'"
    earlier_pre = [one for one in family if one.name == PRE and one.candidate.order < order]
    if earlier_pre:
        return POST, f"after '{earlier_pre[-1].candidate.series.description}' of its family"
    members = tuple(one.candidate for one in family)
    is_single = n_unknown == 1 and len(siblings_of(phase.candidate, members)) == 1
    # Between an unnamed volume and a delayed one there may be an unnamed arterial one.
    if posts and is_single and _first_is_early(posts):
        return PRE, f"before '{posts[0].candidate.series.description}', the first after contrast"
    return UNKNOWN, ""


def _first_is_early(posts: Sequence[Phase]) -> bool:
    return min(posts, key=lambda one: one.candidate.order).name in (POST, ARTERIAL)


def _by_usual_group(family: Phases, settings: IdentificationSettings) -> Phases:
    """Take four volumes that nothing names as the usual group, if their times allow it."""
    if len(family) != N_USUAL or any(phase.name for phase in family):
        return family
    seconds = after_first(family[1:], settings)
    if seconds and name_moment(seconds[1], settings) != PORTAL:
        return family
    return tuple(
        phase._replace(
            name=POST if place else PRE,
            evidence=f"number {place + 1} of four volumes of one family",
        )
        for place, phase in enumerate(family)
    )


def _without_contrast(family: Phases) -> Phases:
    return tuple(_settle(phase, PRE, "the study is one without contrast") for phase in family)
