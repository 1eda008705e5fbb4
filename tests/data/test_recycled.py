"""Memory comes back when nobody holds it, and not before."""

import copy

import torch

from cirrhosis.data.recycled import RecycledMemory


def test_memory_that_was_dropped_is_handed_out_again():
    memory = RecycledMemory()
    first = memory.take((4, 8))
    place = first.data_ptr()
    del first
    assert memory.take((4, 7)).data_ptr() == place


def test_memory_that_a_view_or_a_gradient_holds_is_not_handed_out():
    memory = RecycledMemory()
    view = memory.take((4, 8))[1:3].flatten()
    assert memory.take((4, 8)).untyped_storage().data_ptr() != view.untyped_storage().data_ptr()
    weight = torch.ones(4, 8, requires_grad=True)
    held = memory.take((4, 8)).fill_(3)
    loss = (weight * held).sum()
    del held
    memory.take((4, 8)).fill_(5)
    loss.backward()
    assert torch.equal(weight.grad, torch.full((4, 8), 3.0))


def test_memory_does_not_pile_up_when_sizes_change():
    memory = RecycledMemory()
    for size in (8, 100, 3, 1000, 8):
        memory.take((size,))
    assert len(memory._free) == 1
    assert memory._free[0].size == 8


def test_a_copy_starts_empty():
    memory = RecycledMemory()
    memory.take((3,))
    assert copy.deepcopy(memory)._free == []
