"""The first convolution of a network for another number of channels."""

from typing import cast

import torch
from torch import nn


def with_channels(first: nn.Conv2d, n_channels: int) -> nn.Conv2d:
    """Return a convolution like `first` for `n_channels`, its bias zero and its weights drawn."""
    made = nn.Conv2d(
        n_channels,
        first.out_channels,
        kernel_size=cast("tuple[int, int]", first.kernel_size),
        stride=cast("tuple[int, int]", first.stride),
        padding=cast("tuple[int, int]", first.padding),
        bias=first.bias is not None,
    )
    if made.bias is not None:
        nn.init.zeros_(made.bias)
    return made


def adapt_weights(source: nn.Conv2d, target: nn.Conv2d) -> None:
    """Carry weights for `source.in_channels` over to the channels of `target`.

    Every channel of `target` gets the mean of the source's channels, times the ratio of
    their numbers: 3/C from RGB to C channels. An image repeated in all C channels is then
    answered as the same image repeated in R, G and B, so that activations keep their scale.
    The bias is the source's.
    """
    ratio = source.in_channels / target.in_channels
    with torch.no_grad():
        target.weight.copy_(source.weight.mean(dim=1, keepdim=True) * ratio)
        if source.bias is not None and target.bias is not None:
            target.bias.copy_(source.bias)
