"""The volumes of a cohort that have a liver mask: what the segmenter learns from and is held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.splits import TRAINING, Splits
from cirrhosis.contracts.volume import Array, Volume
from cirrhosis.imaging.artefacts import fingerprint
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.studies import find_studies
from cirrhosis.imaging.study import VolumeFile


@dataclass(frozen=True)
class MaskedVolume:
    """The files of one volume with its mask.

    Attributes:
        patient_id: Of the patient.
        sequence: Of the volume.
        volume: Where the volume lies.
        mask: Where its mask lies.
    """

    patient_id: str
    sequence: str
    volume: VolumeFile
    mask: Path

    def read(self, reading: Mapping[str, Any]) -> tuple[Volume, Array]:
        """Return the volume and its liver, uint8 on the same grid.

        Args:
            reading: The settings `label` and `largest_component`.

        Raises:
            ContractError: If a file is damaged, or the mask holds no liver or lies elsewhere.
        """
        volume = read_volume(self.volume.path, self.volume.series)
        segmenter = FileLiverSegmenter(LiverSettings(**reading))
        found = segmenter(volume, patient_id=self.patient_id, mask_path=self.mask)
        return volume, found.mask.array


def find_masked(
    cohort: Cohort, splits: Splits, sequences: Sequence[str]
) -> tuple[MaskedVolume, ...]:
    """Return the volumes of training patients that have a mask, by patient and sequence.

    Raises:
        ContractError: If a sequence has none at all.
    """
    found = [one for name in sequences for one in _find_of_sequence(cohort, splits, name)]
    absent = sorted(set(sequences) - {one.sequence for one in found})
    if absent:
        raise ContractError(
            f"expected liver masks of training patients for each of {', '.join(sequences)}, but"
            f" '{absent[0]}' has none in {cohort.folder}; fill in `liver_mask_path` in volumes.csv,"
            " or leave the sequence out"
        )
    return tuple(sorted(found, key=lambda one: (one.patient_id, one.sequence)))


def hash_masked(volumes: Sequence[MaskedVolume], reading: Mapping[str, Any]) -> str:
    """Return a hash of all files and of how masks are read."""
    files = [
        [
            one.patient_id,
            one.sequence,
            one.volume.series,
            fingerprint(one.volume.path),
            fingerprint(one.mask),
        ]
        for one in volumes
    ]
    return hash_content({"files": files, "reading": dict(reading)})


def read_mask_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return how masks from files are read."""
    settings = values["preparation"]["liver"]
    return {name: settings[name] for name in ("label", "largest_component")}


def _find_of_sequence(cohort: Cohort, splits: Splits, sequence: str) -> list[MaskedVolume]:
    table = splits.included
    training = set(table.loc[table["split"] == TRAINING, "patient_id"])
    studies = find_studies(
        cohort, splits, target=sequence, sequences=(sequence,), on_missing="skip"
    )
    # A patient without this sequence has others to learn from; of other faults `prepare` tells.
    return [
        MaskedVolume(patient_id, sequence, study.volumes[sequence], study.masks[sequence])
        for patient_id, study in studies
        if patient_id in training
        and not isinstance(study, ContractError)
        and sequence in study.masks
    ]
