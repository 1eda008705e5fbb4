"""Networks of torchvision with our number of channels and one logit."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast

import torchvision
from torch import nn

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.first_convolution import adapt_weights, with_channels
from cirrhosis.models.networks.layout import Arrangement, Encoder, arrange
from cirrhosis.models.networks.pretrained import load_weights


class Family(NamedTuple):
    """Where the networks of one kind keep what we change.

    Attributes:
        first: Name of the first convolution.
        last: Name of the last layer.
        draw: Draws the weights of a convolution as torchvision does for this kind.
    """

    first: str
    last: str
    draw: Callable[..., object]


# torchvision's own ways to draw: models/resnet.py, densenet.py and convnext.py.
RESNET = Family(
    "conv1", "fc", partial(nn.init.kaiming_normal_, mode="fan_out", nonlinearity="relu")
)
DENSENET = Family("features.conv0", "classifier", nn.init.kaiming_normal_)
CONVNEXT = Family("features.0.0", "classifier.2", partial(nn.init.trunc_normal_, std=0.02))

BACKBONES = {
    "resnet18": RESNET,
    "resnet34": RESNET,
    "resnet50": RESNET,
    "densenet121": DENSENET,
    "convnext_tiny": CONVNEXT,
}


def build_torchvision_network(
    n_channels: int,
    *,
    n_slices: int | None = None,
    backbone: str,
    layout: str = "stack",
    pooling: str = "mean",
    dropout: float,
    weights: str | None = None,
) -> nn.Module:
    """Return a network of torchvision that maps (N, C, H, W) to logits (N, 1).

    Everything between the first convolution and the last layer is torchvision's. With
    `shared` the first convolution sees the planes of one slice, with `stack` all channels.

    Args:
        n_channels: Channels of a patient: planes (sequences and mask) times slices.
        n_slices: Slices of a patient; only `shared` needs it.
        backbone: Name in torchvision: resnet18, resnet34, resnet50, densenet121 or
            convnext_tiny.
        layout: `stack` or `shared`, see `Arrangement`.
        pooling: `mean` or `attention`, used by `shared`.
        dropout: Share of features dropped before the last layer.
        weights: File with torchvision's ImageNet weights; None draws all weights.

    Raises:
        ContractError: If a setting is unknown or the file does not hold weights of `backbone`.

    References:
        He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition, CVPR.
        Huang, Liu, van der Maaten, Weinberger (2017), Densely connected convolutional
        networks, CVPR.
        Liu, Mao, Wu, Feichtenhofer, Darrell, Xie (2022), A ConvNet for the 2020s, CVPR.
    """
    if backbone not in BACKBONES:
        raise ContractError(
            f"expected model.backbone as one of {', '.join(BACKBONES)}, but got '{backbone}'"
        )
    return arrange(
        partial(_build_encoder, backbone=backbone, weights=weights),
        Arrangement(layout, pooling, dropout),
        n_channels=n_channels,
        n_slices=n_slices,
    )


def _build_encoder(n_channels: int, *, backbone: str, weights: str | None) -> Encoder:
    family = BACKBONES[backbone]
    network: nn.Module = torchvision.models.get_model(backbone, weights=None)
    if weights is not None:
        load_weights(network, weights, backbone=backbone, head=family.last)
    original = cast("nn.Conv2d", network.get_submodule(family.first))
    first = with_channels(original, n_channels)
    if weights is None:
        family.draw(first.weight)
    else:
        adapt_weights(original, first)
    network.set_submodule(family.first, first)
    last = cast("nn.Linear", network.get_submodule(family.last))
    network.set_submodule(family.last, nn.Identity())
    return Encoder(network, last.in_features)
