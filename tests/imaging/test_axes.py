"""Mistaken axes that no header betrays, seen beside another volume of the study."""

from dataclasses import replace

import numpy as np
import pytest

from cirrhosis.imaging.axes import MISTAKES, doubt_axes
from cirrhosis.imaging.reading import read_volume
from tests.imaging.made_volumes import abdomen, motion

# The made abdomen is nearly the same seen from above and below.
SEEN = [words for words in MISTAKES if words != "mirrored foot to head"]


@pytest.mark.parametrize("sequence", ["t1", "t2"])
def test_another_contrast_that_moved_is_not_doubted(sequence):
    moving = abdomen(sequence, moved=motion((3, -4, 5), (8, -9, 12)), seed=1)
    assert doubt_axes(abdomen("pvp"), moving) == ""


@pytest.mark.parametrize("words", SEEN)
def test_a_mistake_is_named(words):
    moving = abdomen("t1", moved=motion((2, 1, -3), (6, -5, 9)), seed=1)
    mistaken = replace(moving, array=np.ascontiguousarray(MISTAKES[words](moving.array)))
    assert doubt_axes(abdomen("pvp"), mistaken) == words


def test_real_volumes_are_doubted_only_when_mistaken(shared_data):
    folder = shared_data / "data" / "chaos_t2"
    if not folder.is_dir():
        pytest.skip(f"no CHAOS volumes at {folder}")
    fixed = read_volume(folder / "image_1.nii.gz")
    share = np.clip(fixed.array / np.percentile(fixed.array, 99.9), 0, 1)
    noise = np.random.default_rng(0).normal(0, 0.05, share.shape)
    changed = np.where(share > 0.02, (1 - share) ** 1.5, 0) + noise
    moving = replace(fixed, array=np.roll(changed, (1, 5, 7), (0, 1, 2)).astype(np.float32))
    assert doubt_axes(fixed, moving) == ""
    for words, undo in MISTAKES.items():
        mistaken = replace(moving, array=np.ascontiguousarray(undo(moving.array)))
        assert doubt_axes(fixed, mistaken) == words
