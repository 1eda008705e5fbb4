"""Tell which volumes of a study are t1, t2 and portal venous, or ask."""

import re
from collections.abc import Sequence

from cirrhosis.contracts.series import (
    T1,
    T2,
    AmbiguousSequence,
    FoundSeries,
    IdentifiedStudy,
    SequenceChoice,
)
from cirrhosis.imaging.sequence_candidates import Candidate, find_candidates, find_marks
from cirrhosis.imaging.sequence_choice import choose_portal, choose_pre, choose_t2
from cirrhosis.imaging.sequence_contrast import place_phases
from cirrhosis.imaging.sequence_families import group_families
from cirrhosis.imaging.sequence_phases import Phases
from cirrhosis.imaging.sequence_settings import IdentificationSettings

DEFAULT = IdentificationSettings()


def identify_sequences(
    series: tuple[FoundSeries, ...], settings: IdentificationSettings = DEFAULT
) -> IdentifiedStudy:
    """Return the sequences of one study with reasons, and those that a person must name.

    Descriptions say what a volume may be, headers forbid, time or order tells phases. Headers
    that are missing forbid nothing. Among several right volumes the one is taken that
    suppresses fat, then one of the family of the portal venous volume (t1) or of several shots
    (t2), then of most slices, then the latest.

    Args:
        series: Volumes of one study, in any order.
        settings: Limits.
    """
    candidates = find_candidates(series, settings)
    phases = read_phases(series, candidates, settings)
    pvp = choose_portal(phases, settings)
    found = (
        choose_pre(phases, pvp),
        choose_t2([one for one in candidates if one.weighting == T2]),
        pvp,
    )
    return IdentifiedStudy(
        tuple(one for one in found if isinstance(one, SequenceChoice)),
        tuple(one for one in found if isinstance(one, AmbiguousSequence)),
    )


def read_phases(
    series: Sequence[FoundSeries],
    candidates: Sequence[Candidate],
    settings: IdentificationSettings,
) -> tuple[Phases, ...]:
    """Return the phase of contrast of the T1-weighted candidates, family by family.

    Args:
        series: All volumes of the study; those that are no candidates may time the bolus.
        candidates: Volumes that may be a sequence, in the order of time.
        settings: Limits.
    """
    families = group_families([one for one in candidates if one.weighting == T1], settings)
    has_contrast = not _says_no_contrast(series)
    return place_phases(families, find_marks(series), settings, has_contrast=has_contrast)


def _says_no_contrast(series: Sequence[FoundSeries]) -> bool:
    """Tell whether the name of the study says `without` and nowhere `with`."""
    text = " ".join({one.study_description.lower() for one in series})
    words = set(re.findall(r"[a-z]+", re.sub(r"w/o(?![a-z])", "wo", text)))
    return bool(words & {"wo", "without", "nonenhanced", "unenhanced"}) and not (
        words & {"w", "with", "enhanced"}
    )
