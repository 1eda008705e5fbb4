"""Channels are sequences, then the mask; planes that stand together are not copied."""

import pytest
import torch

from cirrhosis.data.channels import join_channels
from cirrhosis.data.movement import Planes

SHAPE = (3, 2, 5, 4, 6)


def make_planes(layout):
    generator = torch.Generator().manual_seed(1)
    whole = torch.rand((3, 3, *SHAPE[2:]), generator=generator)
    together = Planes(whole[:, :2], whole[:, 2])
    if layout == "together":
        return together
    if layout == "apart":
        return Planes(together.images.contiguous(), together.masks.contiguous())
    # One memory and the same strides, but the mask comes first.
    swapped = torch.cat([whole[:, 2:], whole[:, :2]], dim=1)
    return Planes(swapped[:, 1:], swapped[:, 0])


@pytest.mark.parametrize("layout", ["together", "apart", "swapped"])
def test_joined_channels_are_the_same_in_every_layout(layout):
    planes = make_planes(layout)
    images, masks = planes.images.clone(), planes.masks.clone()
    channel = join_channels(planes, mask="channel")
    assert channel.is_contiguous()
    assert torch.equal(channel, torch.cat([images.flatten(1, 2), masks], dim=1))
    assert torch.equal(join_channels(planes, mask="none"), images.flatten(1, 2))
    product = (images * masks.unsqueeze(1)).flatten(1, 2)
    assert torch.equal(join_channels(planes, mask="multiply"), product)


def test_planes_that_stand_together_are_not_copied():
    planes = make_planes("together")
    assert join_channels(planes, mask="channel").data_ptr() == planes.images.data_ptr()
    assert join_channels(make_planes("swapped"), mask="channel").data_ptr() != (
        planes.images.data_ptr()
    )
