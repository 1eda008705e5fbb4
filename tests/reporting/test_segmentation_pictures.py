"""Pictures of where two outlines of a liver part."""

import struct

import numpy as np

from cirrhosis.reporting.segmentation_pictures import OutlinedCase, choose_slices, draw_case


def case(n_wrong):
    image = np.random.default_rng(1).random((len(n_wrong), 30, 40)).astype(np.float32)
    expert = np.zeros(image.shape, np.uint8)
    expert[:, 5:20, 5:20] = 1
    model = expert.copy()
    for number, wrong in enumerate(n_wrong):
        model[number, 25, :wrong] = 1
    return OutlinedCase(image, expert, model, (7.0, 2.0, 1.5), "P1: Dice 0.900")


def test_slices_with_the_most_voxels_in_one_mask_alone_are_shown_from_foot_to_head():
    assert choose_slices(case([3, 0, 9, 1, 5]), 3) == [0, 2, 4]


def test_both_kinds_of_error_count():
    one = case([0, 0, 2])
    one.model[1, 5:20, 5:20] = 0
    assert choose_slices(one, 1) == [1]


def test_picture_is_a_png_with_a_panel_per_slice_also_of_few():
    sizes = []
    for n_slices in (1, 3):
        png = draw_case(case([1, 2, 3]), n_slices=n_slices, is_synthetic=True)
        assert png.startswith(b"\x89PNG")
        sizes.append(struct.unpack(">II", png[16:24]))
    assert sizes[1][0] == 3 * sizes[0][0]
    assert len(draw_case(case([1]), n_slices=5)) > 1000


def test_equal_cases_are_equal_pictures():
    assert draw_case(case([1, 2])) == draw_case(case([1, 2]))


def test_empty_masks_can_be_drawn():
    one = case([0, 0])
    one.expert[:], one.model[:] = 0, 0
    assert draw_case(one).startswith(b"\x89PNG")
