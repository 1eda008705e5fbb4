"""How the slices of a patient enter a network: as channels of one image, or one by one."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.pooling import EvenWeights, GatedAttention

LAYOUTS = ("stack", "shared")
POOLINGS = ("mean", "attention")


class Encoder(NamedTuple):
    """A network without its last layer.

    Attributes:
        module: Maps images (N, C, H, W) to features (N, n_features).
        n_features: Features of an image.
    """

    module: nn.Module
    n_features: int


class Arrangement(NamedTuple):
    """How slices become one logit.

    Attributes:
        layout: `stack` makes every slice of every sequence a channel; `shared` sends each
            slice, with its sequences as channels, through one encoder.
        pooling: Of the slices' features with `shared`: `mean` or `attention`.
        dropout: Share of features dropped before the last layer.
    """

    layout: str
    pooling: str
    dropout: float


class SharedNetwork(nn.Module):
    """One encoder for all slices, their features weighed and added, and a last layer.

    Args:
        encoder: Maps slices (N, K, H, W) to features (N, F).
        weighing: Maps features (N, S, F) to weights (N, S) that sum to 1 over the slices.
        head: Maps features (N, F) to logits (N, 1).
        n_slices: Slices of a patient, S.
    """

    def __init__(
        self, encoder: nn.Module, weighing: nn.Module, head: nn.Module, *, n_slices: int
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.weighing = weighing
        self.head = head
        self.n_slices = n_slices

    def encode(self, image: Tensor) -> Tensor:
        """Return features of every slice, shape (N, S, F).

        Args:
            image: Channels of a patient, plane by plane and in each slice by slice, shape
                (N, K * S, H, W).
        """
        slices = image.unflatten(1, (-1, self.n_slices)).transpose(1, 2)
        features: Tensor = self.encoder(slices.flatten(0, 1))
        return features.unflatten(0, (-1, self.n_slices))

    def weigh_slices(self, image: Tensor) -> Tensor:
        """Return how much each slice counts for its patient, shape (N, S)."""
        weights: Tensor = self.weighing(self.encode(image))
        return weights

    def forward(self, image: Tensor) -> Tensor:
        """Return logits of shape (N, 1) for channels (N, K * S, H, W)."""
        features = self.encode(image)
        weights: Tensor = self.weighing(features)
        logits: Tensor = self.head((weights.unsqueeze(2) * features).sum(dim=1))
        return logits


def arrange(
    build_encoder: Callable[[int], Encoder],
    arrangement: Arrangement,
    *,
    n_channels: int,
    n_slices: int | None,
) -> nn.Module:
    """Return a network that maps (N, n_channels, H, W) to logits (N, 1).

    The article names dropout but not its place; here it stands before the last layer.

    Args:
        build_encoder: Builds an encoder for a number of channels.
        arrangement: How slices become one logit.
        n_channels: Channels of a patient: planes (sequences and mask) times slices.
        n_slices: Slices of a patient; `stack` does not need it.

    Raises:
        ContractError: If layout or pooling are unknown, or the channels are not the same
            number of planes for every slice.
    """
    _check(arrangement)
    if arrangement.layout == "stack":
        encoder = build_encoder(n_channels)
        return nn.Sequential(encoder.module, *_build_head(encoder, arrangement))
    n_planes, n_slices = _divide(n_channels, n_slices)
    encoder = build_encoder(n_planes)
    head = nn.Sequential(*_build_head(encoder, arrangement))
    is_mean = arrangement.pooling == "mean"
    weighing = EvenWeights() if is_mean else GatedAttention(encoder.n_features)
    return SharedNetwork(encoder.module, weighing, head, n_slices=n_slices)


def _build_head(encoder: Encoder, arrangement: Arrangement) -> tuple[nn.Module, nn.Module]:
    return nn.Dropout(arrangement.dropout), nn.Linear(encoder.n_features, 1)


def _check(arrangement: Arrangement) -> None:
    known = {"layout": LAYOUTS, "pooling": POOLINGS}
    for name, allowed in known.items():
        found = getattr(arrangement, name)
        if found not in allowed:
            raise ContractError(
                f"expected model.{name} as one of {', '.join(allowed)}, but got '{found}'"
            )


def _divide(n_channels: int, n_slices: int | None) -> tuple[int, int]:
    """Return planes and slices."""
    if n_slices is None:
        raise ContractError(
            "expected the number of slices for model.layout=shared, but got none; pass n_slices"
        )
    if n_slices < 1 or n_channels % n_slices:
        raise ContractError(
            "expected the same planes for every slice with model.layout=shared, but"
            f" {n_channels} channels cannot be shared out to {n_slices} slices; use"
            " model.layout=stack"
        )
    return n_channels // n_slices, n_slices
