"""Pairs of a cohort that a registrar learns from or is held to: a sequence and the fixed one."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.splits import TRAINING, Splits
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.artefacts import fingerprint
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.studies import find_studies
from cirrhosis.imaging.study import VolumeFile


class PairVolumes(NamedTuple):
    """What a pair's files hold; `moving_liver` is None where the sequence has no mask."""

    fixed: Volume
    moving: Volume
    liver: Volume
    moving_liver: Volume | None


@dataclass(frozen=True)
class CohortPair:
    """The files of one pair.

    Attributes:
        patient_id: Of the patient.
        sequence: Of the moving volume.
        fixed: Where the fixed volume lies.
        moving: Where the moving one lies.
        mask: Where the liver mask of the fixed one lies.
        moving_mask: Where that of the moving one lies, if it has one.
    """

    patient_id: str
    sequence: str
    fixed: VolumeFile
    moving: VolumeFile
    mask: Path
    moving_mask: Path | None

    def read(self, reading: Mapping[str, Any]) -> PairVolumes:
        """Return the volumes and masks.

        Args:
            reading: The settings `label` and `largest_component`.

        Raises:
            ContractError: If a file is damaged, or a mask holds no liver or lies elsewhere.
        """
        fixed, moving = (read_volume(file.path, file.series) for file in (self.fixed, self.moving))
        segmenter = FileLiverSegmenter(LiverSettings(**reading))
        liver = segmenter(fixed, patient_id=self.patient_id, mask_path=self.mask).mask
        other = None
        if self.moving_mask is not None:
            found = segmenter(moving, patient_id=self.patient_id, mask_path=self.moving_mask)
            other = found.mask
        return PairVolumes(fixed, moving, liver, other)


def find_pairs(
    cohort: Cohort, splits: Splits, *, target: str, sequences: Sequence[str]
) -> tuple[CohortPair, ...]:
    """Return the pairs of training patients by patient and sequence.

    Args:
        cohort: Where the volumes are.
        splits: Names the patients and the date of the study.
        target: The fixed sequence.
        sequences: The moving ones; the target among them is passed over.

    Raises:
        ContractError: If a sequence has no pair at all.
    """
    moving = [name for name in sequences if name != target]
    found = [pair for name in moving for pair in _find_of_sequence(cohort, splits, target, name)]
    absent = sorted(set(moving) - {pair.sequence for pair in found})
    if absent or not moving:
        raise ContractError(
            f"expected training patients with '{target}', its liver mask and each of"
            f" {', '.join(moving) or 'some other sequence'}, but there is nobody with"
            f" '{absent[0] if absent else 'another'}' in {cohort.folder}; name other sequences,"
            " or fill in `liver_mask_path` of the fixed sequence in volumes.csv"
        )
    return tuple(sorted(found, key=lambda pair: (pair.patient_id, pair.sequence)))


def hash_pairs(pairs: Sequence[CohortPair], reading: Mapping[str, Any]) -> str:
    """Return a hash of all files and of how masks are read."""
    hash_once = functools.cache(fingerprint)  # the fixed volume belongs to several pairs
    files = [
        [
            pair.patient_id,
            pair.sequence,
            *(
                part
                for file in (pair.fixed, pair.moving)
                for part in (file.series, hash_once(file.path))
            ),
            *(hash_once(mask) for mask in (pair.mask, pair.moving_mask) if mask),
        ]
        for pair in pairs
    ]
    return hash_content({"files": files, "reading": dict(reading)})


def _find_of_sequence(
    cohort: Cohort, splits: Splits, target: str, sequence: str
) -> list[CohortPair]:
    table = splits.included
    training = set(table.loc[table["split"] == TRAINING, "patient_id"])
    studies = find_studies(
        cohort, splits, target=target, sequences=(target, sequence), on_missing="skip"
    )
    # A patient without this pair has others to learn from; of other faults `prepare` tells.
    return [
        CohortPair(
            patient_id,
            sequence,
            study.volumes[target],
            study.volumes[sequence],
            study.masks[target],
            study.masks.get(sequence),
        )
        for patient_id, study in studies
        if patient_id in training
        and not isinstance(study, ContractError)
        and target in study.masks
        and sequence in study.volumes
    ]
