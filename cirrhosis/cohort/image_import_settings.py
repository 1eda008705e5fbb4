"""What each importer of images is told beside its folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cirrhosis.clinical.fibrosis import METAVIR_EQUIVALENTS
from cirrhosis.contracts.sequences import parse_sequences

PHASES = ("native", "registered")
ON_REPEATED = ("ask", "first")


@dataclass(frozen=True)
class CirrMriSettings:
    """Of CirrMRI600+.

    Attributes:
        sequences: Which sequence the folders T1 and T2 hold. T1 was mostly taken in the portal
            venous phase, so it is no pre-contrast T1.
        healthy_prefix: Before the identifiers of healthy people, whose numbers are those of
            patients as well.
    """

    sequences: Mapping[str, str] = field(default_factory=lambda: {"T1": "pvp", "T2": "t2"})
    healthy_prefix: str = "healthy-"

    def __post_init__(self) -> None:
        """Refuse names that are no sequences and identifiers that would collide."""
        _check_sequences(self.sequences)
        if not self.healthy_prefix:
            raise ValueError("expected a healthy_prefix, because healthy people and patients share"
                             " numbers, found none")  # fmt: skip


@dataclass(frozen=True)
class CareLiverSettings:
    """Of CARE-Liver, LiQA and LiFS.

    Attributes:
        sequences: Which sequence a file is, by its name without suffix; others are left out.
            That GED2 is the portal venous phase is not verified.
        fibrosis_scheme: Of the stages S1 to S4; the challenge does not name one.
        validation_prefix: Before the identifiers of the validation part, which counts anew.
    """

    sequences: Mapping[str, str] = field(
        default_factory=lambda: {
            "T1": "t1",
            "T2": "t2",
            "GED1": "art",
            "GED2": "pvp",
            "GED3": "late",
            "GED4": "hbp",
        }
    )
    fibrosis_scheme: str = "scheuer"
    validation_prefix: str = "val-"

    def __post_init__(self) -> None:
        """Refuse names that are no sequences and an unknown scheme."""
        _check_sequences(self.sequences)
        if self.fibrosis_scheme not in METAVIR_EQUIVALENTS:
            raise ValueError(
                f"expected fibrosis_scheme to be one of {', '.join(METAVIR_EQUIVALENTS)},"
                f" found {self.fibrosis_scheme!r}"
            )


@dataclass(frozen=True)
class LiverHccSegSettings:
    """Of LiverHccSeg.

    Attributes:
        phases: `native` takes each phase as it was scanned, `registered` those that the authors
            aligned to the arterial phase.
        rater: 1 or 2, whose liver mask is used.
    """

    phases: str = "native"
    rater: int = 1

    def __post_init__(self) -> None:
        """Refuse unknown words."""
        _check_word("phases", self.phases, PHASES)
        if self.rater not in (1, 2):
            raise ValueError(f"expected rater to be 1 or 2, found {self.rater}")


@dataclass(frozen=True)
class DukeSettings:
    """Of the Duke Liver Dataset.

    Attributes:
        sequences: Which sequence a letter of the key files is; others are left out.
        prefix: Before the four digits of a patient.
        repeated: Two series of one letter: `ask` a person, or take the `first`.
    """

    sequences: Mapping[str, str] = field(default_factory=lambda: {"A": "t2", "B": "t1", "K": "pvp"})
    prefix: str = "duke-"
    repeated: str = "ask"

    def __post_init__(self) -> None:
        """Refuse unknown words and names that are no sequences."""
        _check_sequences(self.sequences)
        _check_word("repeated", self.repeated, ON_REPEATED)


@dataclass(frozen=True)
class FolderSettings:
    """Of folders with a patient each.

    Attributes:
        names: Names without suffix that a NIfTI file of a sequence may have, by sequence;
            capitals do not count.
        mask_endings: A file of such a name with one of these behind it is its liver mask.
        liver_names: Names of a liver mask without a sequence.
        liver_sequence: The sequence that a liver mask without a sequence belongs to.
    """

    names: Mapping[str, tuple[str, ...]]
    mask_endings: tuple[str, ...] = ("_mask", "_liver")
    liver_names: tuple[str, ...] = ("liver", "liver_mask", "mask")
    liver_sequence: str = "pvp"

    def __post_init__(self) -> None:
        """Refuse names that are no sequences."""
        _check_sequences({name: name for name in (*self.names, self.liver_sequence)})

    def find_sequence(self, stem: str) -> str | None:
        """Return the sequence that a file's name says, None if it says none."""
        word = stem.casefold()
        matches = (name for name, words in self.names.items() if word in _fold(words))
        return next(matches, None)

    def is_unnamed_liver(self, stem: str) -> bool:
        """Return whether a file's name says liver and no sequence."""
        return stem.casefold() in _fold(self.liver_names)

    def find_masked(self, stem: str) -> str | None:
        """Return the sequence whose liver mask a file's name says it is, None if it is none."""
        if self.is_unnamed_liver(stem):
            return self.liver_sequence
        word = stem.casefold()
        for ending in _fold(self.mask_endings):
            if word.endswith(ending):
                return self.find_sequence(word[: -len(ending)])
        return None


@dataclass(frozen=True)
class DicomSettings:
    """Of DICOM studies.

    Attributes:
        mask_words: A segmentation counts as a liver mask if its description or the label of a
            segment holds one of these.
        preferred_masks: Of several masks of a volume, one whose description holds one of these
            goes before the others; the first word counts most.
    """

    mask_words: tuple[str, ...] = ("liver",)
    preferred_masks: tuple[str, ...] = ("corrected",)


def _check_sequences(named: Mapping[str, str]) -> None:
    for sequence in named.values():
        parse_sequences([sequence])


def _check_word(name: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(f"expected {name} to be one of {', '.join(known)}, found {word!r}")


def _fold(words: tuple[str, ...]) -> list[str]:
    return [str(word).casefold() for word in words]
