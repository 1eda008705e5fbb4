"""The rigid registrar: keypoints of two volumes and the motion between them."""

import math
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Generator, Tensor
from torch.optim.lr_scheduler import LambdaLR

from cirrhosis.contracts.pair_batch import PairBatch
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.models.networks.keypoint_net import KeypointNet, Keypoints
from cirrhosis.models.networks.parzen_information import parzen_information
from cirrhosis.models.networks.rigid_fit import fit_rigid
from cirrhosis.models.networks.rigid_sampling import grid_points, move, sample_at
from cirrhosis.models.registrar_disturbance import (
    Motions,
    cut_views,
    disturb_looks,
    draw_motions,
    draw_views,
    remap_looks,
)
from cirrhosis.models.registrar_settings import RegistrarSettings

WARM_UP_SHARE = 0.05
FINAL_SHARE = 0.02
LARGEST_GRADIENT = 1.0
# An error of this size counts as much as one nat.
ERROR_UNIT_MM = 10.0


class RigidRegistrar(LightningModule):
    """The motion between two volumes in any contrasts, learnt without knowing it.

    One network finds the same points in both; a closed form gives rotation and shift, so
    that the answer is rigid by construction. It learns by the mutual information that the
    motion leaves within the region, measured on the undisturbed volumes. Draws are seeded
    by (seed, epoch, step).

    Args:
        settings: Network, disturbances and learning.
        seed: Of what is drawn in training.
    """

    points: Tensor

    def __init__(self, settings: RegistrarSettings, *, seed: int) -> None:
        super().__init__()
        self.settings = settings
        self.seed = seed
        self.network = KeypointNet(settings.network.n_points, settings.network.width)
        points = grid_points(settings.network.shape, settings.network.spacing_mm)
        self.register_buffer("points", points, persistent=False)
        self.losses: list[Tensor] = []

    def forward(self, fixed: Tensor, moving: Tensor) -> tuple[Tensor, Tensor]:
        """Return rotation (N, 3, 3) and shift (N, 3) in mm from fixed to moving space.

        Args:
            fixed: On the network's grid, shape (N, 1, z, y, x).
            moving: The same.
        """
        return _fit(*self.find(torch.cat((fixed, moving))))

    def find(self, images: Tensor) -> tuple[Keypoints, Keypoints]:
        """Return the keypoints of fixed volumes and of as many moving ones, stacked so."""
        found = self.network(images, self.settings.network.spacing_mm)
        n = len(images) // 2
        return (
            Keypoints(found.points_mm[:n], found.compactness[:n]),
            Keypoints(found.points_mm[n:], found.compactness[n:]),
        )

    def look(self, images: Tensor, motions: Motions | None, spacing_mm: float) -> Tensor:
        """Return images on the network's grid, seen after a motion.

        Args:
            images: Shape (N, 1, z, y, x), around the same centre as the network's grid.
            motions: Where points of the grid lie in the images; None takes them as they are.
            spacing_mm: Of the images.
        """
        points = self.points.expand(len(images), -1, 3)
        places = points if motions is None else motions.apply(points)
        return sample_at(images, places, spacing_mm).reshape(-1, 1, *self.settings.network.shape)

    def on_train_epoch_start(self) -> None:
        """Forget the losses of an epoch that was interrupted."""
        self.losses.clear()

    def training_step(self, batch: PairBatch, batch_idx: int) -> Tensor:
        """Return minus the mean mutual information that the found motions leave."""
        seed = seed_of(self.seed, "registration", self.current_epoch, batch_idx)
        loss = self.measure(batch, Generator().manual_seed(seed))
        self.losses.append(loss.detach())
        if self.trainer.is_last_batch:
            mean = torch.stack(self.losses).mean()
            self.log("train/loss", mean, on_step=False, on_epoch=True, batch_size=1)
        return loss

    def measure(self, batch: PairBatch, generator: Generator) -> Tensor:
        """Return the loss of pairs under random disturbances.

        The first pairs of a batch are replaced by one of their volumes against itself in
        another look, whose motion is known; the others count by their information.
        """
        settings, spacing_mm = self.settings, self.settings.learning.spacing_mm
        n, n_own = len(batch["region"]), round(settings.learning.own_share * len(batch["region"]))
        images = _pair_with_themselves(batch["fixed"], batch["moving"], n_own, generator)
        drawn = draw_motions(2 * n, settings.disturbance, generator)
        motions = Motions(*(part.to(images.device) for part in drawn))
        seen = self.look(images, motions, spacing_mm)
        remapped = remap_looks(seen[n : n + n_own], generator)
        seen = disturb_looks(
            torch.cat((seen[:n], remapped, seen[n + n_own :])), settings.disturbance, generator
        )
        regions = torch.cat((batch["region"], batch["region"]))
        views = draw_views(regions, spacing_mm, settings.disturbance, generator)
        seen = cut_views(seen, views.to(seen.device), self.points)
        fixed_points, moving_points = self.find(seen)
        rotation, shift = _fit(fixed_points, moving_points)
        places = _draw_places(batch["region"], spacing_mm, settings.learning.n_samples, generator)
        fixed_motions = Motions(motions.rotation[:n], motions.shift[:n])
        moving_motions = Motions(motions.rotation[n:], motions.shift[n:])
        after = moving_motions.apply(move(fixed_motions.undo(places), rotation, shift))
        # Of a volume and itself each keypoint's partner is known, and every place's.
        partners = moving_motions.undo(fixed_motions.apply(fixed_points.points_mm))
        errors = _mean_distance(after[:n_own], places[:n_own]) + _mean_distance(
            moving_points.points_mm[:n_own], partners[:n_own]
        )
        information = parzen_information(
            sample_at(images[n_own:n], places[n_own:], spacing_mm),
            sample_at(images[n + n_own :], after[n_own:], spacing_mm),
            bins=settings.learning.bins,
        )
        return torch.cat((errors / ERROR_UNIT_MM, -information)).mean()

    def configure_optimizers(self) -> Any:
        """Build Adam with a rate that follows the steps."""
        learning = self.settings.learning
        optimizer = torch.optim.Adam(self.parameters(), lr=learning.learning_rate)
        scheduler = LambdaLR(optimizer, lambda step: rate_share(step, learning.n_steps))
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


def rate_share(step: int, n_steps: int) -> float:
    """Return the share of the learning rate in a step: up by a line, down by half a cosine."""
    warm_up = max(1, round(WARM_UP_SHARE * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    progress = min(1.0, (step - warm_up) / max(1, n_steps - warm_up))
    return FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * progress)) / 2


def _fit(fixed: Keypoints, moving: Keypoints) -> tuple[Tensor, Tensor]:
    weights = fixed.compactness * moving.compactness
    rotation, shift = fit_rigid(fixed.points_mm, moving.points_mm, weights)
    return rotation.float(), shift.float()


def _mean_distance(points: Tensor, others: Tensor) -> Tensor:
    return (points - others).norm(dim=-1).mean(1)


def _pair_with_themselves(
    fixed: Tensor, moving: Tensor, n_own: int, generator: Generator
) -> Tensor:
    """Return fixed and then moving volumes; the first pairs are one volume twice."""
    takes_fixed = torch.rand(n_own, generator=generator) < 0.5
    chosen = torch.where(
        takes_fixed.view(-1, 1, 1, 1, 1).to(fixed.device), fixed[:n_own], moving[:n_own]
    )
    return torch.cat((chosen, fixed[n_own:], chosen, moving[n_own:]))


def _draw_places(region: Tensor, spacing_mm: float, n: int, generator: Generator) -> Tensor:
    """Return random places within each region, anywhere in its voxels, shape (N, n, 3)."""
    points = grid_points((region.shape[2], region.shape[3], region.shape[4]), spacing_mm)
    drawn = []
    for mask in region.cpu():
        inside = points[mask.flatten() > 0]
        chosen = torch.randint(len(inside), (n,), generator=generator)
        jitter = torch.rand(n, 3, generator=generator) - 0.5
        drawn.append(inside[chosen] + jitter * spacing_mm)
    return torch.stack(drawn).to(region.device)
