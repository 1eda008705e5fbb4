"""A patient under way through the stages: what is the same for all, what was read, what failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import StoreLayout
from cirrhosis.contracts.volume import LiverSegmenter, Registrar, Volume, VolumeReader
from cirrhosis.imaging.intensities import ceiling_of
from cirrhosis.imaging.settings import PrepareSettings
from cirrhosis.imaging.study import PatientStudy

# Part of every key: raise it when the same settings give other artefacts than before.
RECIPE = 1


@dataclass(frozen=True)
class Job:
    """What is the same for every patient."""

    folder: Path
    settings: PrepareSettings
    sequences: tuple[str, ...]
    reader: VolumeReader
    segmenter: LiverSegmenter
    registrar: Registrar

    @property
    def target(self) -> str:
        """The fixed sequence."""
        return self.settings.registration.target


class StageError(Exception):
    """A stage could not be finished for one patient."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(stage, reason)
        self.stage, self.reason = stage, " ".join(reason.split())


@dataclass
class Progression:
    """A patient under way: inputs by hash, volumes read once and only if needed."""

    job: Job
    study: PatientStudy
    hashes: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)

    @property
    def patient_id(self) -> str:
        """Of the patient."""
        return self.study.patient_id

    @property
    def layout(self) -> StoreLayout:
        """Places of the store."""
        return StoreLayout(self.job.folder)

    @property
    def names(self) -> list[str]:
        """Sequences of the patient that are stored."""
        return [name for name in self.job.sequences if name in self.study.volumes]

    @property
    def fixed(self) -> Volume:
        """The fixed volume."""
        return self.volume(self.job.target)

    def volume(self, sequence: str) -> Volume:
        """Return the volume of a sequence."""
        if sequence not in self.volumes:
            with stage("read"):
                file = self.study.volumes[sequence]
                self.volumes[sequence] = self.job.reader(file.path, file.series)
        return self.volumes[sequence]

    def ceiling(self, sequence: str) -> float:
        """Return the intensity at which a sequence is clipped."""
        if sequence not in self.ceilings:
            array = self.volume(sequence).array
            self.ceilings[sequence] = ceiling_of(array, self.job.settings.intensities)
        return self.ceilings[sequence]

    def note(self, kind: str, *, is_new: bool) -> None:
        """Write down whether an artefact was made or kept."""
        (self.computed if is_new else self.reused).append(kind)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a `StageError` of this stage.

    A cohort of a thousand patients must not stop at an unforeseen error of one; the error
    is written down with its type, never passed over.
    """
    try:
        yield
    except StageError:
        raise
    except ContractError as error:
        raise StageError(name, str(error)) from error
    except Exception as error:
        raise StageError(name, f"{type(error).__name__}: {error}") from error
