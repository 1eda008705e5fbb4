"""Agreement of masks: worked cases in millimetres, MONAI beside them, and what is undefined."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.evaluation.mask_scores import hausdorff_95, score_mask
from cirrhosis.evaluation.mask_table import tabulate_masks

SPACING = (7.0, 2.0, 1.0)


def box(*ranges, shape=(8, 20, 24)):
    mask = np.zeros(shape, np.uint8)
    mask[tuple(slice(*one) for one in ranges)] = 1
    return mask


def test_a_shift_along_each_axis_is_measured_in_its_own_millimetres():
    reference = box((2, 5), (4, 12), (4, 14))
    for axis, expected in enumerate(SPACING):
        assert hausdorff_95(np.roll(reference, 1, axis), reference, SPACING) == expected


def test_worked_case():
    # Of 4 x 8 x 10 voxels a slab of 4 x 2 x 10 is missing: 240 found of 320.
    reference, mask = box((2, 6), (4, 12), (4, 14)), box((2, 6), (4, 10), (4, 14))
    score = score_mask(mask, reference, SPACING)
    assert score.dice == pytest.approx(2 * 240 / 560)
    assert score.volume_ml == pytest.approx(240 * 14 / 1000)
    assert score.reference_ml == pytest.approx(320 * 14 / 1000)
    assert score.volume_error_percent == pytest.approx(-25)
    # The far face of the reference lies two rows of 2 mm away.
    assert score.hd95_mm == pytest.approx(4)
    assert score.reason == ""


def test_one_stray_voxel_of_many_is_not_seen_by_the_percentile():
    reference = box((1, 7), (2, 18), (2, 20))
    mask = reference.copy()
    mask[0, 0, 0] = 1
    assert hausdorff_95(mask, reference, SPACING) == 0


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_distance_is_that_of_monai(seed):
    from monai.metrics.hausdorff_distance import compute_hausdorff_distance
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    one, other = (gaussian_filter(rng.normal(size=(6, 18, 18)), 1.5) > 0.02 for _ in range(2))
    theirs = compute_hausdorff_distance(
        one[None, None], other[None, None], include_background=True, percentile=95,
        spacing=list(SPACING),
    )  # fmt: skip
    assert hausdorff_95(one, other, SPACING) == pytest.approx(float(theirs[0, 0]), rel=1e-5)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_dice_and_distance_do_not_care_which_is_the_reference(seed):
    rng = np.random.default_rng(seed)
    one, other = (rng.random((4, 9, 9)) > 0.6 for _ in range(2))
    there, back = score_mask(one, other, SPACING), score_mask(other, one, SPACING)
    assert (there.dice, there.hd95_mm) == (back.dice, back.hd95_mm)


def test_an_empty_mask_has_no_distance_and_a_reason():
    reference = box((2, 5), (4, 12), (4, 14))
    missed = score_mask(np.zeros_like(reference), reference, SPACING)
    assert (missed.dice, missed.hd95_mm, missed.volume_error_percent) == (0.0, None, -100.0)
    assert missed.reason == "the mask is empty"
    invented = score_mask(reference, np.zeros_like(reference), SPACING)
    assert (invented.dice, invented.hd95_mm, invented.volume_error_percent) == (0.0, None, None)
    nothing = score_mask(np.zeros_like(reference), np.zeros_like(reference), SPACING)
    assert (nothing.dice, nothing.reason) == (None, "the mask and the reference is empty")


def test_masks_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        score_mask(np.zeros((2, 3, 4)), np.zeros((2, 3, 5)), SPACING)


def rows(dice, sequences, patients):
    return pd.DataFrame(
        {
            "patient_id": patients,
            "sequence": sequences,
            "fold": 0,
            "dice": dice,
            "hd95_mm": [5.0] * (len(dice) - 1) + [None],
            "volume_ml": 900.0,
            "reference_ml": 1000.0,
            "volume_error_percent": [-10.0, 10.0] * (len(dice) // 2),
            "reason": "",
        }
    )


def test_table_has_each_sequence_and_all_with_n_interval_and_method():
    scores = rows([0.9, 0.8, 0.7, 0.6], ["t1", "t1", "t2", "t2"], ["a", "b", "a", "b"])
    table = tabulate_masks(scores, seed=1, n_resamples=200).set_index(["sequence", "measure"])
    assert table.loc[("t1", "dice"), "mean"] == pytest.approx(0.85)
    everything = table.loc[("all", "dice")]
    assert everything["mean"] == pytest.approx(0.75)
    assert (everything["n_patients"], everything["n_volumes"]) == (2, 4)
    assert 0.7 <= everything["low"] <= everything["mean"] <= everything["high"] <= 0.8
    assert "bootstrap" in everything["method"]
    assert (everything["lowest"], everything["highest"]) == (0.6, 0.9)
    # Errors to either side cancel in one row and not in the other.
    assert table.loc[("all", "volume_error_percent"), "mean"] == pytest.approx(0)
    assert table.loc[("all", "absolute_volume_error_percent"), "mean"] == pytest.approx(10)


def test_undefined_values_are_counted_and_not_averaged():
    scores = rows([0.9, 0.8], ["t1", "t1"], ["a", "b"])
    row = tabulate_masks(scores, seed=1, n_resamples=50).set_index("measure").loc["hd95_mm"]
    assert (row["mean"], row["n_volumes"]) == (5.0, 1)
    assert "undefined for 1 volumes" in row["reason"]
    nothing = tabulate_masks(scores.assign(hd95_mm=float("nan")), seed=1, n_resamples=50)
    row = nothing.set_index("measure").loc["hd95_mm"]
    assert pd.isna(row["mean"])
    assert "no volume has a value" in row["reason"]
