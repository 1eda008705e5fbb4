import numpy as np
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.liver import FileLiverSegmenter, keep_largest
from cirrhosis.imaging.liver_settings import LiverSettings
from tests.imaging.made_volumes import abdomen, liver_mask, write


def test_gives_the_mask_of_the_file(tmp_path):
    path = write(liver_mask(), tmp_path / "liver.nii.gz")
    mask = FileLiverSegmenter(LiverSettings())(abdomen(), patient_id="p", mask_path=path).mask
    assert mask.array.dtype == np.uint8
    assert np.array_equal(mask.array, liver_mask().array)


def test_takes_one_label_or_everything_above_zero(tmp_path):
    labels = liver_mask().array.astype(np.float32)
    labels[2:5, 2:9, 2:9] = 4
    path = write(like(liver_mask(), labels), tmp_path / "labels.nii.gz")
    one = FileLiverSegmenter(LiverSettings(label=1))(abdomen(), patient_id="p", mask_path=path).mask
    settings = LiverSettings(largest_component=False)
    every = FileLiverSegmenter(settings)(abdomen(), patient_id="p", mask_path=path).mask
    assert np.array_equal(one.array, labels == 1)
    assert np.array_equal(every.array, labels > 0)


def test_keeps_the_largest_part_unless_told_otherwise(tmp_path):
    stray = liver_mask().array.copy()
    stray[1, 1, 1] = 1
    path = write(like(liver_mask(), stray), tmp_path / "stray.nii.gz")
    kept = FileLiverSegmenter(LiverSettings())(abdomen(), patient_id="p", mask_path=path).mask
    assert kept.array.sum() == stray.sum() - 1
    whole = FileLiverSegmenter(LiverSettings(largest_component=False))(
        abdomen(), patient_id="p", mask_path=path
    ).mask
    assert whole.array.sum() == stray.sum()


def test_parts_that_touch_at_a_corner_are_two():
    mask = np.zeros((3, 4, 4), bool)
    mask[0, :2, :2] = mask[1, 2, 2] = True
    assert keep_largest(mask).sum() == 4


def test_refuses_where_no_mask_is_named():
    with pytest.raises(ContractError, match="names none; fill in"):
        FileLiverSegmenter(LiverSettings())(abdomen(), patient_id="p", mask_path=None)


def test_refuses_an_absent_file(tmp_path):
    with pytest.raises(ContractError, match="there is no file"):
        FileLiverSegmenter(LiverSettings())(
            abdomen(), patient_id="p", mask_path=tmp_path / "absent.nii.gz"
        )


@pytest.mark.parametrize("change", ["origin", "spacing", "shape"])
def test_refuses_another_grid_and_states_both(tmp_path, change):
    mask = liver_mask()
    array, spacing, origin = mask.array, mask.spacing_mm, mask.origin_mm
    if change == "origin":
        origin = (origin[0] + 4, *origin[1:])
    elif change == "spacing":
        spacing = (5.0, *spacing[1:])
    else:
        array = array[:-1]
    path = write(Volume(array, spacing, origin, mask.direction), tmp_path / "other.nii.gz")
    with pytest.raises(ContractError, match=r"the mask has .* and the volume 24 x 64 x 64"):
        FileLiverSegmenter(LiverSettings())(abdomen(), patient_id="p", mask_path=path)


@pytest.mark.parametrize(("label", "wanted"), [(None, "above 0"), (3, "of 3")])
def test_refuses_an_empty_mask(tmp_path, label, wanted):
    array = np.zeros_like(liver_mask().array)
    if label:
        array[3:6, 3:6, 3:6] = 1
    path = write(like(liver_mask(), array), tmp_path / "empty.nii.gz")
    with pytest.raises(ContractError, match=f"expected voxels {wanted} for the liver"):
        FileLiverSegmenter(LiverSettings(label=label))(abdomen(), patient_id="p", mask_path=path)
