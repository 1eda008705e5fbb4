"""Which phase of contrast the description of each T1-weighted volume states."""

from typing import NamedTuple

from cirrhosis.imaging.sequence_candidates import Candidate
from cirrhosis.imaging.sequence_families import Family, siblings_of
from cirrhosis.imaging.sequence_settings import IdentificationSettings

PRE, POST, ARTERIAL, PORTAL, DELAYED = "pre", "post", "arterial", "pvp", "delayed"
UNKNOWN = ""
LATE = (DELAYED, "hepatobiliary")
# A description that counts from 0 s counts from the arterial phase, not from the injection.
COUNTED_FROM_ARTERIAL_S = 5.0


class Phase(NamedTuple):
    """The phase of one volume.

    Attributes:
        candidate: The volume.
        name: `pre`, `post` where only that is known, a phase after contrast, or empty.
        evidence: What says so, in words.
        said: Whether its description says so, not the study around it.
        seconds: After the start of the bolus, where a clock or the description tells.
    """

    candidate: Candidate
    name: str = UNKNOWN
    evidence: str = ""
    said: bool = False
    seconds: float | None = None


# In the order of time.
Phases = tuple[Phase, ...]


def state_phases(family: Family, settings: IdentificationSettings) -> Phases:
    """Return what the descriptions of a family state; the other volumes stay unknown."""
    moments = [one.words.moments_s for one in family]
    counted_from_arterial = any(
        min(times) <= COUNTED_FROM_ARTERIAL_S for times in moments if len(times) == 1
    )
    offset = settings.arterial_s if counted_from_arterial else 0.0
    return tuple(_state(one, family, offset, settings) for one in family)


def name_moment(seconds: float, settings: IdentificationSettings) -> str:
    """Return the phase that lies `seconds` after the start of the bolus."""
    if seconds < settings.portal_earliest_s:
        return ARTERIAL
    return PORTAL if seconds <= settings.portal_latest_s else DELAYED


def after_first(phases: Phases, settings: IdentificationSettings) -> tuple[float, ...]:
    """Return seconds after the bolus, the first phase taken as arterial; empty without times."""
    times = [one.candidate.series.acquisition_s for one in phases]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known != sorted(set(known)):
        return ()
    return tuple(settings.arterial_s + time - known[0] for time in known)


def is_after_contrast(phase: Phase) -> bool:
    """Tell whether the volume is known to be after contrast."""
    return phase.name not in (UNKNOWN, PRE)


def is_unclear(phase: Phase) -> bool:
    """Tell whether a description names several moments of which the volume can be any."""
    return phase.seconds is None and len(phase.candidate.words.moments_s) > 1


def _state(
    candidate: Candidate, family: Family, offset_s: float, settings: IdentificationSettings
) -> Phase:
    siblings, words = siblings_of(candidate, family), candidate.words
    place, evidence = siblings.index(candidate), f"description '{candidate.series.description}'"
    if len(words.moments_s) == len(siblings):
        seconds = words.moments_s[place] + offset_s
        is_named = words.phase not in (UNKNOWN, POST, "mixed")
        name = words.phase if is_named else name_moment(seconds, settings)
        return Phase(candidate, name, f"{evidence}, {seconds:g} s", True, seconds)
    if words.moments_s:
        return Phase(candidate, POST, evidence, True)
    if words.phase == "mixed":
        return _state_mixed(candidate, siblings, evidence)
    # Several phases in one series are not all the portal venous one that it names.
    name = POST if words.phase == PORTAL and len(siblings) > 1 else words.phase
    return Phase(candidate, name, evidence, True) if name else Phase(candidate)


def _state_mixed(candidate: Candidate, siblings: Family, evidence: str) -> Phase:
    """Return the phase in a series that holds volumes before and after contrast."""
    if len(siblings) == 1:
        return Phase(candidate)
    place = siblings.index(candidate)
    told = f"{evidence}, volume {place + 1} of {len(siblings)}"
    return Phase(candidate, POST if place else PRE, told, True)
