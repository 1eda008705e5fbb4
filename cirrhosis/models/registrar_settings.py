"""What a rigid registrar is made of, how it learns and how its answer is refined."""

import math
from dataclasses import dataclass, field

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.keypoint_net import MULTIPLE


@dataclass(frozen=True)
class KeypointSettings:
    """The network and what it looks at.

    Attributes:
        spacing_mm: Of the grid that the network sees; 6 suits a CPU, 3-4 a GPU.
        shape: Voxels (z, y, x) of that grid around the fixed liver, multiples of 8.
        n_points: Keypoints.
        width: Channels of the first level.
        passes: How often an answer is looked at again: the second pass sees the moving
            volume where the first one put it.
    """

    spacing_mm: float = 6.0
    shape: tuple[int, int, int] = (32, 40, 40)
    n_points: int = 40
    width: int = 32
    passes: int = 2

    def __post_init__(self) -> None:
        """Refuse a grid that cannot be halved three times."""
        if any(n < MULTIPLE or n % MULTIPLE for n in self.shape):
            raise ContractError(
                f"expected registrar.network.shape as multiples of {MULTIPLE}, but got {self.shape}"
            )


@dataclass(frozen=True)
class DisturbanceSettings:
    """How training pairs are changed; both volumes of a pair, each by a draw of its own.

    Attributes:
        rotation_deg: Standard deviation of each component of an extra rotation.
        shift_mm: Standard deviation of each component of an extra shift.
        gamma: Largest change of the logarithm of the gamma.
        bias: Largest weight of each term of a smooth field of log intensity.
        noise: Largest standard deviation of noise; intensities reach about 1.
        view_mm: How far each side of what is seen reaches beyond the region, from nothing to
            this. Sides that moved with a patient would teach to align sides.
    """

    rotation_deg: float = 3.0
    shift_mm: float = 5.0
    gamma: float = 0.4
    bias: float = 0.3
    noise: float = 0.05
    view_mm: float = 40.0


@dataclass(frozen=True)
class LearningSettings:
    """How long and how fast it learns.

    Attributes:
        n_steps: Steps of the optimizer in all; stopping by steps makes a run repeatable.
        steps_per_epoch: Steps between two rows of metrics and two restart points.
        batch_size: Pairs per step.
        learning_rate: Largest rate of Adam; it rises in the first twentieth of the steps and
            falls along half a cosine.
        spacing_mm: Of the pairs in memory, on which the information is measured.
        n_samples: Places per pair and step at which it is measured.
        bins: Places of its density in each variable.
        own_share: Share of a batch in which a volume meets itself in another look, moved as
            is known; the rest of the batch counts by mutual information alone.
    """

    n_steps: int = 900
    steps_per_epoch: int = 50
    batch_size: int = 4
    learning_rate: float = 1.5e-3
    spacing_mm: float = 4.0
    n_samples: int = 4000
    bins: int = 32
    own_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse epochs that do not fill the steps."""
        if self.n_steps < 1 or self.n_steps % self.steps_per_epoch:
            raise ContractError(
                "expected registrar.learning.n_steps as a multiple of steps_per_epoch, but got"
                f" {self.n_steps} and {self.steps_per_epoch}"
            )


@dataclass(frozen=True)
class RefinementSettings:
    """Climbing the mutual information from where the network left off, level by level.

    Attributes:
        smoothing_mm: Blur of both volumes in each level.
        steps: Steps in each level.
        learning_rates: Of Adam for the rotation in radians, in each level.
        shift_scale_mm: The rate of the shift in mm per radian of that of the rotation.
        decay: Of the rate from step to step.
        field_learning_rate: Of the weights of both bias fields, in log intensity.
        field_penalty: In nats for the sum of the squares of those weights.
        n_samples: Random places within the region in each step.
        bins: Places of the density in each variable.
        seed: Of the places.
    """

    smoothing_mm: tuple[float, ...] = (4.0, 2.0, 0.0)
    steps: tuple[int, ...] = (60, 60, 60)
    learning_rates: tuple[float, ...] = (0.02, 0.01, 0.004)
    shift_scale_mm: float = 60.0
    decay: float = 0.985
    field_learning_rate: float = 0.02
    field_penalty: float = 0.02
    n_samples: int = 16000
    bins: int = 32
    seed: int = 17

    def __post_init__(self) -> None:
        """Refuse levels that are not all described."""
        if not len(self.smoothing_mm) == len(self.steps) == len(self.learning_rates):
            raise ContractError(
                "expected registrar.refinement.smoothing_mm, steps and learning_rates for the"
                f" same levels, but got {len(self.smoothing_mm)}, {len(self.steps)} and"
                f" {len(self.learning_rates)}"
            )


@dataclass(frozen=True)
class RegistrarSettings:
    """A registrar and how its answers are refined.

    Attributes:
        network: What it is.
        disturbance: How training pairs are changed.
        learning: How long and how fast it learns.
        refine: Whether its answers are refined by the mutual information of the pair.
        refinement: How.
    """

    network: KeypointSettings = field(default_factory=KeypointSettings)
    disturbance: DisturbanceSettings = field(default_factory=DisturbanceSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
    refine: bool = True
    refinement: RefinementSettings = field(default_factory=RefinementSettings)

    @property
    def pair_shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x) of the pairs in memory: as much space as the network sees."""
        share = self.network.spacing_mm / self.learning.spacing_mm
        z, y, x = (math.ceil(n * share - 1e-9) for n in self.network.shape)
        return z, y, x
