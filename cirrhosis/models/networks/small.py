"""A small residual network: what two CPU cores train in seconds."""

from functools import partial

from torch import Tensor, nn

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.layout import Arrangement, Encoder, arrange


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a shortcut; halves the size if `stride` is 2.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        stride: Step of the first convolution.
    """

    def __init__(self, n_in: int, n_out: int, *, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(n_in, n_out, 1, stride=stride, bias=False), nn.BatchNorm2d(n_out)
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, image: Tensor) -> Tensor:
        """Return features of shape (N, n_out, H / stride, W / stride)."""
        return self.activation(self.body(image) + self.shortcut(image))


def build_small_network(
    n_channels: int,
    *,
    n_slices: int | None = None,
    layout: str = "stack",
    pooling: str = "mean",
    n_stem: int = 8,
    widths: tuple[int, ...] = (16, 32, 64),
    dropout: float = 0.3,
    weights: str | None = None,
) -> nn.Module:
    """Return a residual network of ours that maps (N, C, H, W) to logits (N, 1).

    The stem keeps the full size: at 64 x 64 pixels a nodule is two or three pixels wide,
    and a stem that halves the size at once was seen to lose it.

    Args:
        n_channels: Channels of a patient: planes (sequences and mask) times slices.
        n_slices: Slices of a patient; only `shared` needs it.
        layout: `stack` or `shared`, see `Arrangement`.
        pooling: `mean` or `attention`, used by `shared`.
        n_stem: Channels at full size, which cost most of the time.
        widths: Channels of each stage; each stage halves the size.
        dropout: Before the last layer, as we place the article's.
        weights: None; the setting exists because every network has it.

    Raises:
        ContractError: If a setting is unknown, or weights are asked for.
    """
    if weights is not None:
        raise ContractError(
            f"expected no weights for the small network, but got {weights}: nobody trained it on"
            " ImageNet. Remove model.weights or choose a network of torchvision."
        )
    return arrange(
        partial(_build_encoder, n_stem=n_stem, widths=widths),
        Arrangement(layout, pooling, dropout),
        n_channels=n_channels,
        n_slices=n_slices,
    )


def _build_encoder(n_channels: int, *, n_stem: int, widths: tuple[int, ...]) -> Encoder:
    stem = [
        nn.Conv2d(n_channels, n_stem, 3, padding=1, bias=False),
        nn.BatchNorm2d(n_stem),
        nn.ReLU(inplace=True),
    ]
    stages = [
        ResidualBlock(n_in, n_out, stride=2)
        for n_in, n_out in zip((n_stem, *widths[:-1]), widths, strict=True)
    ]
    module = nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Encoder(module, widths[-1])
