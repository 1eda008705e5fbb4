"""What of the liver segmenter is a choice: its input, its network and its training."""

from dataclasses import dataclass

from cirrhosis.contracts.errors import ContractError


@dataclass(frozen=True)
class LiverNetworkSettings:
    """Input and network: all that inference needs to know. Every number is ours.

    Attributes:
        dimensions: 2, slice by slice, or 3.
        spacing_mm: Distance between voxels within a slice to which volumes are brought;
            slices stay where they are.
        context: Neighbouring slices on either side that are shown with a slice; 2-D only.
        filters: Channels of each level; each level after the first halves the size.
        first_stride: 2 lets the network calculate at half the input's size.
        flat_levels: Levels from the top that neither look across slices nor halve their number,
            because slices lie far apart; 3-D only.
        deep_supervision: Coarser levels that are trained to give the liver as well.
        window: Voxels (z, y, x) that are shown at once, in training and, in 3-D, at inference;
            z is 1 in 2-D.
        overlap: Of the windows at inference, as a share of their size; 3-D only.
    """

    dimensions: int = 2
    spacing_mm: float = 2.5
    context: int = 3
    filters: tuple[int, ...] = (24, 48, 96, 128, 128)
    first_stride: int = 2
    flat_levels: int = 2
    deep_supervision: int = 0
    window: tuple[int, int, int] = (1, 128, 128)
    overlap: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what no network can be built from."""
        rules = {
            "dimensions": (self.dimensions in (2, 3), "2 or 3"),
            "spacing_mm": (self.spacing_mm > 0, "above 0"),
            "context": (
                0 <= self.context <= (4 if self.dimensions == 2 else 0),
                "0 to 4, 0 in 3-D",
            ),
            "filters": (len(self.filters) >= 3 and min(self.filters) > 0, "3 levels or more"),
            "first_stride": (self.first_stride in (1, 2), "1 or 2"),
            "flat_levels": (0 <= self.flat_levels <= len(self.filters), "at most the levels"),
            "deep_supervision": (
                0 <= self.deep_supervision <= len(self.filters) - 2,
                "at most the levels less 2",
            ),
            "window": (self._fits(), f"multiples of {self.divisors}, in y and x above 1"),
            "overlap": (0 <= self.overlap < 1, "from 0 to below 1"),
        }
        for name, (holds, rule) in rules.items():
            if not holds:
                raise ContractError(
                    f"expected segmenter.network.{name} to be {rule}, but got {getattr(self, name)}"
                )

    @property
    def n_channels(self) -> int:
        """Slices that the network sees as channels."""
        return 2 * self.context + 1

    @property
    def divisors(self) -> tuple[int, int, int]:
        """Numbers by which a size (z, y, x) must be divisible."""
        n_halvings = len(self.filters) - 2 + self.first_stride
        in_depth = max(0, len(self.filters) - max(1, self.flat_levels))
        return (1 if self.dimensions == 2 else 2**in_depth, 2**n_halvings, 2**n_halvings)

    def _fits(self) -> bool:
        flat = self.dimensions == 3 or self.window[0] == 1
        least = (1, 2 * self.divisors[1], 2 * self.divisors[2])
        sizes = zip(self.window, self.divisors, least, strict=False)
        is_multiple = all(size >= few and size % by == 0 for size, by, few in sizes)
        return len(self.window) == 3 and flat and is_multiple


@dataclass(frozen=True)
class LiverTrainingSettings:
    """How the network is trained: a fixed number of steps, none of them chosen.

    Attributes:
        steps: Of the optimiser; there is no early stopping.
        steps_per_epoch: Steps after which a row of metrics and a restart point may be written.
        batch_size: Windows per step.
        learning_rate: Largest; it rises for a tenth of the steps and falls along a cosine to 0.
        weight_decay: Of AdamW.
        gradient_norm: Largest norm of the gradient.
        liver_share: Of the windows that hold liver for certain; the others lie anywhere.
    """

    steps: int = 2200
    steps_per_epoch: int = 50
    batch_size: int = 4
    learning_rate: float = 3.0e-3
    weight_decay: float = 1.0e-2
    gradient_norm: float = 12.0
    liver_share: float = 0.33

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if min(self.steps, self.steps_per_epoch, self.batch_size) < 1:
            raise ContractError(
                "expected segmenter.training.steps, steps_per_epoch and batch_size of at least 1,"
                f" but got {self.steps}, {self.steps_per_epoch} and {self.batch_size}"
            )
        if self.steps % self.steps_per_epoch:
            raise ContractError(
                "expected segmenter.training.steps as a multiple of steps_per_epoch"
                f" ({self.steps_per_epoch}), but got {self.steps}"
            )

    @property
    def n_epochs(self) -> int:
        """Parts in which the training is counted."""
        return self.steps // self.steps_per_epoch
