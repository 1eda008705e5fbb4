"""The portal venous volume of a dynamic group."""

from typing import NamedTuple

from cirrhosis.imaging.sequence_headers import is_gadoxetate
from cirrhosis.imaging.sequence_phases import (
    ARTERIAL,
    LATE,
    PORTAL,
    Phase,
    Phases,
    after_first,
    is_after_contrast,
    is_unclear,
    name_moment,
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
    if not _may_count(early, posts, settings):
        n_open = len([one for one in family if not one.name])
        reason = f"{len(early)} volumes after contrast and {n_open} of unknown phase in one family"
        unnamed = tuple(one for one in family if one.name not in ("pre", *LATE))
        return PortalSearch((), unnamed, f"{reason} without the time of the bolus")
    moments = after_first(early, settings)
    return _by_clock(early, moments, settings) if moments else _by_place(early)


def _refuse_late(
    portal: tuple[Phase, ...], family: Phases, settings: IdentificationSettings
) -> PortalSearch:
    """Return portal venous volumes without those that gadoxetate makes hepatobiliary."""
    limit = settings.gadoxetate_latest_s
    posts = tuple(filter(is_after_contrast, family))
    guesses = dict(zip(posts, after_first(posts, settings), strict=False))

    def is_late(phase: Phase) -> bool:
        guess = guesses.get(phase, 0.0) if phase is not posts[0] else 0.0
        seconds = guess if phase.seconds is None else phase.seconds
        return is_gadoxetate(phase.candidate.series) and seconds > limit

    kept = tuple(one for one in portal if not is_late(one))
    if not kept:
        reason = f"with gadoxetate nothing later than {limit:g} s after the bolus is portal venous"
        return PortalSearch((), portal, reason)
    return PortalSearch(_nearest(kept, settings))


def _nearest(portal: tuple[Phase, ...], settings: IdentificationSettings) -> tuple[Phase, ...]:
    """Return the volume nearest to the portal venous moment, or all if one has no moment."""
    if any(one.seconds is None for one in portal):
        return portal
    return (min(portal, key=lambda one: abs((one.seconds or 0.0) - settings.portal_s)),)


def _may_count(early: Phases, posts: Phases, settings: IdentificationSettings) -> bool:
    """Tell whether the order of the phases settles which is the second."""
    if len(early) < 2 or any(map(is_unclear, early)):
        return False
    starts_arterial = early[0].name == ARTERIAL and early[1].name != ARTERIAL
    is_usual = len(early) == 3 or (len(early) == 2 and len(posts) > 2)
    return starts_arterial or is_usual or (len(early) > 2 and bool(after_first(early, settings)))


def _by_clock(
    early: Phases, moments: tuple[float, ...], settings: IdentificationSettings
) -> PortalSearch:
    timed = tuple(
        one._replace(
            name=name_moment(seconds, settings),
            evidence=f"{one.evidence}; starts {seconds - settings.arterial_s:.0f} s after the"
            " first phase after contrast",
            seconds=seconds,
        )
        for one, seconds in zip(early[1:], moments[1:], strict=True)
    )
    inside = tuple(one for one in timed if one.name == PORTAL)
    if not inside:
        return PortalSearch((), early, _tell_window(settings))
    return PortalSearch(_nearest(inside, settings))


def _by_place(early: Phases) -> PortalSearch:
    told = f"{early[1].evidence}; the second of {len(early)} phases after contrast, times unknown"
    return PortalSearch((early[1]._replace(name=PORTAL, evidence=told),))


def _tell_window(settings: IdentificationSettings) -> str:
    window = f"{settings.portal_earliest_s:g}-{settings.portal_latest_s:g} s"
    return f"no volume after contrast lies {window} after the start of the bolus"
