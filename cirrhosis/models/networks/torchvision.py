"""Networks of torchvision with our number of channels and one logit."""

from torch import nn
from torchvision.models import resnet18


def build_resnet18(n_channels: int, *, dropout: float) -> nn.Module:
    """Return a ResNet-18 that maps (N, C, H, W) to logits (N, 1), from random weights.

    The article names ResNet-18 and dropout 0.3 but not where it sits; here it stands
    before the last layer.

    Args:
        n_channels: Channels of the input.
        dropout: Share of features dropped before the last layer.

    References:
        He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition, CVPR.
    """
    network = resnet18(weights=None)
    first = network.conv1
    network.conv1 = nn.Conv2d(
        n_channels,
        first.out_channels,
        kernel_size=first.kernel_size,
        stride=first.stride,
        padding=first.padding,
        bias=False,
    )
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.fc = nn.Sequential(nn.Dropout(dropout), nn.Linear(network.fc.in_features, 1))
    return network
