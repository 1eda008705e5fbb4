"""Liver masks by the cohort's own models; nobody is served by one that has seen him."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.commands.fold_models import FoldModels, find_models
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, hash_file
from cirrhosis.contracts.run import RunFolder
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.volume import LiverMask, Volume
from cirrhosis.imaging.geometry import describe_grid, like, voxel_ml
from cirrhosis.imaging.liver_settings import LiverSettings

# What a liver measures, in millilitres; beyond it a mask is doubtful.
SMALL_ML, LARGE_ML = 600.0, 4000.0


@dataclass(frozen=True)
class ModelLiverSegmenter:
    """Give the liver by trained models; fits `LiverSegmenter`.

    It holds places of files and is light to send to a worker, which opens them when it needs
    them.

    Attributes:
        name: `<experiment>/<variant>` of the models.
        models: Which model serves whom.
        hashes: Of the weights and the record of each run folder.
        threads: Of torch in a process; None leaves its own choice.
    """

    name: str
    models: FoldModels
    hashes: Mapping[Path, str]
    threads: int | None

    def identify(self, patient_id: str) -> str:
        """Return a hash of the weights that serve this patient."""
        folders, _ = self.models.folders_for(patient_id)
        return hash_content([self.hashes[folder] for folder in folders])

    def __call__(self, volume: Volume, *, patient_id: str, mask_path: Path | None) -> LiverMask:
        """Return the liver on the grid of `volume`; `mask_path` is not looked at.

        Several models are averaged in probability before anything is cut off.

        Raises:
            ContractError: If no voxel is liver.
        """
        del mask_path
        # Imported only now: who finds all masks made loads no torch.
        import torch

        from cirrhosis.models.liver_inference import average_probability
        from cirrhosis.models.liver_mask import clean_mask

        if self.threads:
            torch.set_num_threads(self.threads)
        folders, words = self.models.folders_for(patient_id)
        models = [_open(folder, self.hashes[folder]) for folder in folders]
        mask = clean_mask(average_probability(models, volume.array, volume.spacing_mm))
        source = f"model {self.name} {words}"
        if not mask.any():
            raise ContractError(
                f"expected a liver in the volume of '{patient_id}', {describe_grid(volume)}, but"
                f" {source} finds none; look at the volume, or name a mask in volumes.csv and"
                " prepare with `liver.source=file`"
            )
        liver = like(volume, mask)
        return LiverMask(liver, source, _find_flags(float(mask.sum()) * voxel_ml(liver)))


def open_model_segmenter(
    values: Mapping[str, Any], splits: Splits, settings: LiverSettings
) -> ModelLiverSegmenter:
    """Return the segmenter of the models that `liver.model` names.

    Args:
        values: Plain configuration of the command.
        splits: The split whose patients are served.
        settings: Names the models.

    Raises:
        ContractError: If models are absent, or were trained on another split.
    """
    models = find_models(values, "segmentation", settings.model, splits)
    runs = [RunFolder(folder) for folder in models.folders.values()]
    hashes = {
        run.folder: hash_content([hash_file(run.model), hash_file(run.model_record)])
        for run in runs
    }
    return ModelLiverSegmenter(settings.model, models, hashes, values["threads"])


@functools.cache
def _open(folder: Path, weights: str) -> Any:
    """Return a model, opened once in a process; other weights are another model."""
    del weights
    from cirrhosis.models.liver_inference import open_model

    return open_model(folder)


def _find_flags(volume_ml: float) -> tuple[str, ...]:
    if volume_ml < SMALL_ML:
        return ("liver_small",)
    return ("liver_large",) if volume_ml > LARGE_ML else ()
