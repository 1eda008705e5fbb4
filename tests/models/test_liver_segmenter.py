"""The segmenter's network, its input and the way back to a volume's own grid."""

import json

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.liver_inference import (
    LiverModel,
    average_probability,
    open_model,
    write_model,
)
from cirrhosis.models.liver_input import pad_to, prepare_image, prepare_liver, stack_context
from cirrhosis.models.liver_mask import clean_mask
from cirrhosis.models.liver_segmenter import LiverSegmenter
from cirrhosis.models.liver_settings import LiverNetworkSettings, LiverTrainingSettings
from cirrhosis.models.networks.liver_unet import build_liver_network

SPACING = (6.0, 2.0, 2.0)
FLAT = LiverNetworkSettings(spacing_mm=4.0, filters=(4, 8, 8), first_stride=2, window=(1, 16, 16))
DEEP = LiverNetworkSettings(
    dimensions=3, spacing_mm=4.0, context=0, filters=(4, 8, 8), first_stride=1, flat_levels=2,
    deep_supervision=1, window=(4, 16, 16),
)  # fmt: skip


def build(settings):
    torch.manual_seed(0)
    return LiverModel(build_liver_network(settings).eval(), settings)


@pytest.mark.parametrize("settings", [FLAT, DEEP], ids=["2-D", "3-D"])
def test_probability_has_the_shape_of_any_volume(settings):
    array = np.random.default_rng(1).normal(size=(7, 37, 42)).astype(np.float32)
    found = build(settings).find_probability(array, SPACING)
    assert found.shape == array.shape
    assert found.dtype == np.float32
    assert 0 <= found.min() < found.max() <= 1


@pytest.mark.parametrize("settings", [FLAT, DEEP], ids=["2-D", "3-D"])
def test_scale_and_offset_of_intensities_change_nothing(settings):
    array = np.random.default_rng(1).normal(size=(5, 32, 32)).astype(np.float32)
    model = build(settings)
    found = model.find_probability(array, SPACING)
    assert model.find_probability(array * 37 + 900, SPACING) == pytest.approx(found, abs=1e-3)


def test_image_keeps_slices_and_takes_the_spacing_within_them():
    image = prepare_image(np.random.default_rng(1).normal(size=(5, 30, 20)), SPACING, 4.0)
    assert image.shape == (5, 15, 10)
    assert float(image.mean()) == pytest.approx(0, abs=1e-5)
    assert float(image.std()) == pytest.approx(1, abs=1e-5)


def test_image_and_liver_stay_at_the_same_place():
    mask = np.zeros((3, 40, 40), np.uint8)
    mask[:, 8:24, 20:36] = 1
    image = prepare_image(mask.astype(np.float32), SPACING, 4.0)
    assert torch.equal(image > 0, prepare_liver(mask, SPACING, 4.0) > 0)
    assert torch.nonzero(image > 0).amin(0).tolist() == [0, 4, 10]


def test_a_volume_without_contrast_is_no_division_by_zero():
    assert not prepare_image(np.full((2, 8, 8), 7.0), SPACING, 2.0).any()


def test_padding_appends_the_darkest_value():
    padded = pad_to(torch.arange(6.0).reshape(1, 2, 3) - 3, (1, 2, 2))
    assert padded.shape == (1, 4, 4)
    assert padded[0, :2, :3].flatten().tolist() == [-3, -2, -1, 0, 1, 2]
    assert set(padded[0, 2:].flatten().tolist()) == {-3.0}


def test_neighbours_beyond_the_ends_are_the_last_slice():
    image = torch.arange(4.0)[:, None, None].expand(4, 2, 2)
    shown = stack_context(image, torch.tensor([0, 3]), 1)[:, :, 0, 0]
    assert shown.tolist() == [[0, 0, 1], [2, 3, 3]]


def test_three_dimensions_are_flat_where_slices_lie_far_apart():
    weights = [
        tuple(value.shape[2:])
        for name, value in build_liver_network(DEEP).named_parameters()
        if name.endswith("conv1.conv.weight") and "up" not in name
    ]
    assert weights == [(1, 3, 3), (1, 3, 3), (3, 3, 3)]


@pytest.mark.parametrize("settings", [FLAT, DEEP], ids=["2-D", "3-D"])
def test_a_written_model_is_read_as_it_was(settings, tmp_path):
    model = build(settings)
    write_model(model, {"fold": 3}, tmp_path)
    array = np.random.default_rng(1).normal(size=(5, 32, 32)).astype(np.float32)
    found = open_model(tmp_path).find_probability(array, SPACING)
    assert np.array_equal(found, model.find_probability(array, SPACING))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
    assert json.loads((tmp_path / "model.json").read_text())["fold"] == 3


def test_same_weights_are_the_same_bytes(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        write_model(build(FLAT), {}, tmp_path / name)
    one, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in "ab")
    assert one == other


@pytest.mark.parametrize("damage", ["cut", "absent", "another"])
def test_a_damaged_model_is_refused_with_the_remedy(damage, tmp_path):
    write_model(build(FLAT), {}, tmp_path)
    weights = tmp_path / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif damage == "absent":
        weights.unlink()
    else:
        record = json.loads((tmp_path / "model.json").read_text())
        record["network"]["filters"] = [4, 8, 16]
        (tmp_path / "model.json").write_text(json.dumps(record))
    with pytest.raises(ContractError, match="on_existing=force"):
        open_model(tmp_path)


def test_probabilities_of_models_are_averaged_and_not_their_masks():
    array = np.random.default_rng(1).normal(size=(3, 16, 16)).astype(np.float32)
    torch.manual_seed(5)
    models = [build(FLAT), LiverModel(build_liver_network(FLAT).eval(), FLAT)]
    each = [model.find_probability(array, SPACING) for model in models]
    found = average_probability(models, array, SPACING)
    assert found == pytest.approx((each[0] + each[1]) / 2)


def test_mask_is_the_largest_part_without_holes():
    probability = np.zeros((3, 12, 12), np.float32)
    probability[:, 1:8, 1:8] = 0.9
    probability[1, 4, 4] = 0.1  # a vessel
    probability[0, 10:, 10:] = 0.9  # not the liver
    mask = clean_mask(probability)
    assert mask.dtype == np.uint8
    assert mask[1, 4, 4] == 1
    assert mask[0, 10:, 10:].sum() == 0
    assert mask.sum() == 3 * 49


def test_holes_are_filled_within_slices_only():
    probability = np.full((3, 8, 8), 0.9, np.float32)
    probability[1] = 0.0
    probability[1, 0, :] = 0.9  # joins the slices, but surrounds nothing
    assert clean_mask(probability)[1].sum() == 8


def test_an_empty_mask_stays_empty():
    assert not clean_mask(np.zeros((2, 4, 4), np.float32)).any()


def test_loss_counts_coarser_levels_by_half():
    module = LiverSegmenter(DEEP, LiverTrainingSettings(steps=2, steps_per_epoch=1))
    module.log = lambda *arguments, **options: None
    torch.manual_seed(2)
    image, liver = torch.randn(1, 1, 4, 16, 16), (torch.rand(1, 1, 4, 16, 16) > 0.5).float()
    fine, coarse = module.network(image).unbind(1)
    expected = (module.loss(fine, liver) + module.loss(coarse, liver) / 2) / 1.5
    found = module.training_step({"image": image, "liver": liver}, 0)
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dimensions", 4), ("spacing_mm", 0.0), ("context", 9), ("filters", (4, 8)),
        ("first_stride", 3), ("deep_supervision", 2), ("window", (1, 20, 20)),
        ("window", (4, 16, 16)), ("overlap", 1.0), ("flat_levels", 9),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(name, value):
    settings = {"filters": (4, 8, 8), "window": (1, 16, 16)} | {name: value}
    with pytest.raises(ContractError, match=name):
        LiverNetworkSettings(**settings)


def test_neighbours_as_channels_are_for_slices():
    with pytest.raises(ContractError, match="context"):
        LiverNetworkSettings(dimensions=3, context=1)


def test_steps_are_whole_epochs():
    with pytest.raises(ContractError, match="steps_per_epoch"):
        LiverTrainingSettings(steps=70, steps_per_epoch=50)
