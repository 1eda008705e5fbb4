"""Volumes that one protocol made one after another: a dynamic group."""

from collections.abc import Iterable

from cirrhosis.imaging.sequence_candidates import Candidate
from cirrhosis.imaging.sequence_headers import share_protocol
from cirrhosis.imaging.sequence_settings import IdentificationSettings

# In the order of time.
Family = tuple[Candidate, ...]


def group_families(
    candidates: Iterable[Candidate], settings: IdentificationSettings
) -> tuple[Family, ...]:
    """Return T1-weighted volumes by protocol: TR, TE, flip angle and matrix.

    Without these headers the kind of the gradient echo and the number of slices tell.
    """
    families: list[list[Candidate]] = []
    for candidate in candidates:
        for family in families:
            if _belongs(candidate, family[0], settings):
                family.append(candidate)
                break
        else:
            families.append([candidate])
    return tuple(tuple(_drop_copies(family)) for family in families)


def siblings_of(candidate: Candidate, family: Family) -> Family:
    """Return the members that come from the same series, with `candidate` among them."""
    uid = candidate.series.series_uid
    same = tuple(one for one in family if uid and one.series.series_uid == uid)
    return same or (candidate,)


def _belongs(one: Candidate, other: Candidate, settings: IdentificationSettings) -> bool:
    if one.words.is_dixon != other.words.is_dixon:
        return False
    shared = share_protocol(one.series, other.series, settings)
    if shared is not None:
        return shared
    same_size = one.series.n_slices == other.series.n_slices
    return same_size and one.words.brand == other.words.brand


def _drop_copies(family: list[Candidate]) -> list[Candidate]:
    """Return the family without volumes that were reconstructed twice: the later one stays.

    Filtered and unfiltered copies share their time and would count as two phases.
    """
    return [
        one
        for place, one in enumerate(family)
        if not any(_is_copy(one, later) for later in family[place + 1 :])
    ]


def _is_copy(one: Candidate, later: Candidate) -> bool:
    time = one.series.acquisition_s
    same_time = time is not None and time == later.series.acquisition_s
    return same_time and one.series.series_uid != later.series.series_uid
