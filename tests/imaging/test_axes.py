"""Mistaken axes that no header betrays, seen beside another volume of the study."""

from dataclasses import replace

import numpy as np
import pytest

from cirrhosis.imaging.axes import MISTAKES, doubt_axes
from cirrhosis.imaging.reading import read_volume
from tests.imaging.made_volumes import abdomen, motion

# The made abdomen is nearly the same seen from above and below.
MIRRORED = [words for words in list(MISTAKES)[:5] if words != "mirrored foot to head"]


@pytest.mark.parametrize("sequence", ["t1", "t2"])
def test_another_contrast_that_moved_is_not_doubted(sequence):
    moving = abdomen(sequence, moved=motion((3, -4, 5), (8, -9, 12)), seed=1)
    assert doubt_axes(abdomen("pvp"), moving) == ""


@pytest.mark.parametrize("words", MIRRORED)
def test_a_mistake_is_named(words):
    moving = abdomen("t1", moved=motion((2, 1, -3), (6, -5, 9)), seed=1)
    # A mirror undoes itself.
    assert doubt_axes(abdomen("pvp"), MISTAKES[words](moving)) == words


def test_a_stretched_volume_is_noticed():
    moving = abdomen("t1", seed=1)
    stretched = replace(moving, spacing_mm=(9.0, 4.0, 4.0), origin_mm=(-126.0, -126.0, -103.5))
    assert doubt_axes(abdomen("pvp"), stretched) == "slices half again as far apart"


def test_common_voxels_by_chance_are_no_information():
    rng = np.random.default_rng(0)
    noise = [replace(abdomen(), array=rng.normal(size=(24, 64, 64))) for _ in range(2)]
    assert doubt_axes(*noise) == ""


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
    for words in list(MISTAKES)[:5]:
        assert doubt_axes(fixed, MISTAKES[words](moving)) == words
    stretched = MISTAKES["slices two thirds as far apart"](moving)
    assert doubt_axes(fixed, stretched) == "slices half again as far apart"
