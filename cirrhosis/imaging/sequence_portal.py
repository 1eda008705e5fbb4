"""The portal venous volume of a dynamic group."""

from typing import NamedTuple

from cirrhosis.imaging.sequence_headers import is_gadoxetate
from cirrhosis.imaging.sequence_phases import (
    ARTERIAL,
    LATE,
    PORTAL,
    Phase,
    Phases,
    is_after_contrast,
    is_unclear,
)
from cirrhosis.imaging.sequence_settings import IdentificationSettings


class PortalSearch(NamedTuple):
    """What a family yields.

    Attributes:
        found: Portal venous volumes, several if they are repeats.
        candidates: Volumes that may be it where none was found.
        reason: Why none was found.
    """

    found: tuple[Phase, ...]
    candidates: tuple[Phase, ...] = ()
    reason: str = ""


def find_portal(family: Phases, settings: IdentificationSettings) -> PortalSearch:
    """Return the portal venous volume of a family: as said, by a clock, or by its place.

    The clock is the bolus's; without one the first phase after contrast is taken to start
    `settings.arterial_s` after the bolus. Without times the second of three is taken.
    """
    portal = tuple(one for one in family if one.name == PORTAL and not is_unclear(one))
    if portal:
        return _refuse_late(portal, family, settings)
    posts = tuple(filter(is_after_contrast, family))
    early = tuple(one for one in posts if one.name not in LATE)
    if any(one.seconds is not None for one in early):
        # A clock or the descriptions tell all moments, and none of them is portal venous.
        return PortalSearch((), early, _tell_window(settings))
    if not _may_count(early, posts):
        n_open = len([one for one in family if not one.name])
        reason = f"{len(early)} volumes after contrast and {n_open} of unknown phase in one family"
        unnamed = tuple(one for one in family if one.name not in ("pre", *LATE))
        return PortalSearch((), unnamed, f"{reason} without the time of the bolus")
    return _by_clock(early, settings) if _have_times(early) else _by_place(early)


def _refuse_late(
    portal: tuple[Phase, ...], family: Phases, settings: IdentificationSettings
) -> PortalSearch:
    """Return portal venous volumes without those that gadoxetate makes hepatobiliary."""
    limit = settings.gadoxetate_latest_s
    posts = [one for one in family if is_after_contrast(one)]

    def is_late(phase: Phase) -> bool:
        seconds = _seconds(phase, posts[0], settings)
        return is_gadoxetate(phase.candidate.series) and seconds is not None and seconds > limit

    kept = tuple(one for one in portal if not is_late(one))
    reason = f"with gadoxetate, later than {limit:g} s after the bolus, whatever its description"
    return PortalSearch(kept, () if kept else portal, "" if kept else reason)


def _may_count(early: tuple[Phase, ...], posts: tuple[Phase, ...]) -> bool:
    """Tell whether the order of the phases settles which is the second."""
    if len(early) < 2 or any(map(is_unclear, early)):
        return False
    starts_arterial = early[0].name == ARTERIAL and early[1].name != ARTERIAL
    is_usual = len(early) == 3 or (len(early) == 2 and len(posts) > 2)
    return starts_arterial or is_usual or (_have_times(early) and len(early) > 2)


def _have_times(phases: tuple[Phase, ...]) -> bool:
    times = [one.candidate.series.acquisition_s for one in phases]
    known = [time for time in times if time is not None]
    return len(known) == len(times) and known == sorted(set(known))


def _seconds(phase: Phase, first: Phase, settings: IdentificationSettings) -> float | None:
    """Return the moment of a phase after the bolus, by the first one if no header tells."""
    start, time = first.candidate.series.acquisition_s, phase.candidate.series.acquisition_s
    if phase.seconds is not None or start is None or time is None or phase is first:
        return phase.seconds
    return settings.arterial_s + time - start


def _by_clock(early: tuple[Phase, ...], settings: IdentificationSettings) -> PortalSearch:
    moments = [(_seconds(one, early[0], settings), one) for one in early[1:]]
    inside = [
        (abs(moment - settings.portal_s), place, moment, one)
        for place, (moment, one) in enumerate(moments)
        if moment is not None and settings.portal_earliest_s <= moment <= settings.portal_latest_s
    ]
    if not inside:
        return PortalSearch((), early, _tell_window(settings))
    _, _, moment, best = min(inside)
    after = moment - settings.arterial_s
    told = f"{best.evidence}; starts {after:.0f} s after the first phase after contrast"
    return PortalSearch((best._replace(name=PORTAL, evidence=told, seconds=moment),))


def _by_place(early: tuple[Phase, ...]) -> PortalSearch:
    told = f"{early[1].evidence}; the second of {len(early)} phases after contrast, times unknown"
    return PortalSearch((early[1]._replace(name=PORTAL, evidence=told),))


def _tell_window(settings: IdentificationSettings) -> str:
    window = f"{settings.portal_earliest_s:g}-{settings.portal_latest_s:g} s"
    return f"no volume after contrast lies {window} after the start of the bolus"
