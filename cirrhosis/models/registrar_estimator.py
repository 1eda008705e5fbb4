"""The trained registrars as an estimator of transforms for the registration of a cohort."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from cirrhosis.contracts.files import hash_content, hash_file
from cirrhosis.contracts.volume import RigidTransform, Volume
from cirrhosis.models.networks.placed_volume import (
    PlacedVolume,
    frame_of,
    place_pair,
    transform_of,
)
from cirrhosis.models.networks.rigid_sampling import grid_points, move
from cirrhosis.models.registrar import RigidRegistrar
from cirrhosis.models.registrar_files import RECORD, WEIGHTS, read_registrar
from cirrhosis.models.registrar_refinement import refine
from cirrhosis.models.registrar_settings import RefinementSettings

# Models that one process keeps: those of five folds, and some to spare.
N_KEPT = 8

FoldersFor = Callable[[str], tuple[tuple[Path, ...], str]]


@dataclass(frozen=True)
class RegistrarEstimator:
    """The mean answer of the models that may serve a patient; fits `TransformEstimator`.

    Several models are one answer: the chordal mean of their rotations about the centre of
    the region and the mean of its shifts. The same inputs give the same transform to the
    last bit: one thread, seeded draws.

    Args:
        folders_for: Gives the folders of a patient's models, and in words which they are.
        refinement: How the answer is refined by the mutual information of this pair; None
            takes it as it is.
    """

    folders_for: FoldersFor
    refinement: RefinementSettings | None

    def identify(self, patient_id: str) -> str:
        """Return a hash of the weights and settings that serve this patient."""
        folders, _ = self.folders_for(patient_id)
        weights = [hash_file(folder / name) for folder in folders for name in (WEIGHTS, RECORD)]
        refinement = asdict(self.refinement) if self.refinement else None
        return hash_content({"models": weights, "refinement": refinement})

    def __call__(
        self, fixed: Volume, moving: Volume, region: Volume, *, patient_id: str
    ) -> RigidTransform:
        """Return the transform from fixed to moving space.

        Raises:
            ContractError: If the region is empty, a voxel is no cube, or a model is absent.
        """
        folders, _ = self.folders_for(patient_id)
        with one_thread():
            models = [load_registrar(folder) for folder in folders]
            frame = frame_of(region)
            placed = place_pair(fixed, moving, region, frame)
            motion = mean_motion([ask(model, placed[0], placed[1]) for model in models])
            if self.refinement:
                refined = refine(*placed, start=motion, settings=self.refinement)
                motion = (refined.rotation, refined.shift)
        return transform_of(*motion, frame)


@torch.no_grad()
def ask(model: RigidRegistrar, fixed: PlacedVolume, moving: PlacedVolume) -> tuple[Tensor, Tensor]:
    """Return the rotation (3, 3) and the shift (3,) in mm of a frame that a model finds.

    Each pass sees the moving volume where the one before has put it.
    """
    settings = model.settings.network
    points = grid_points(settings.shape, settings.spacing_mm)
    seen = fixed.at(points).reshape(1, 1, *settings.shape)
    # Of both volumes the same box is seen: that of the fixed copy.
    common = fixed._replace(image=torch.ones_like(fixed.image)).at(points) > 0.5
    rotation, shift = torch.eye(3)[None], torch.zeros(1, 3)
    for _ in range(settings.passes):
        places = move(points[None], rotation, shift)[0]
        other = (moving.at(places) * common).reshape(1, 1, *settings.shape)
        found = model(seen, other)
        shift = (rotation @ found[1][..., None])[..., 0] + shift
        rotation = rotation @ found[0]
    return rotation[0], shift[0]


def mean_motion(motions: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Return the mean of rotations (3, 3) and shifts (3,) about the same centre.

    The rotation is the one nearest to the mean matrix.

    References:
        Moakher M. Means and averaging in the group of rotations.
        SIAM J Matrix Anal Appl 2002;24:1-16, section 3.1.
    """
    mean = torch.stack([rotation.double() for rotation, _ in motions]).mean(0)
    left, _, right = torch.linalg.svd(mean)
    sign = torch.ones(3, dtype=torch.float64)
    sign[2] = torch.det(left @ right).sign()
    shift = torch.stack([shift.double() for _, shift in motions]).mean(0)
    return left @ torch.diag(sign) @ right, shift


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside the block: sums in another order differ in last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def load_registrar(folder: Path) -> RigidRegistrar:
    """Return the model of a folder, read once in a process unless its weights change."""
    return _load(folder, (folder / WEIGHTS).stat().st_mtime_ns if folder.is_dir() else 0)


@lru_cache(maxsize=N_KEPT)
def _load(folder: Path, changed: int) -> RigidRegistrar:
    del changed
    return read_registrar(folder)


@dataclass(frozen=True)
class FixedFolders:
    """The same models for everybody; fits `folders_for`.

    Attributes:
        folders: Of the models.
        words: Which they are.
    """

    folders: tuple[Path, ...]
    words: str

    def __call__(self, patient_id: str) -> tuple[tuple[Path, ...], str]:
        """Return the models, whoever the patient is."""
        del patient_id
        return self.folders, self.words
