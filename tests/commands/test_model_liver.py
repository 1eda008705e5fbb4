"""Masks by trained models: who is served by which, on which grid, with what origin."""

import pickle

import numpy as np
import pytest

from cirrhosis.commands.model_liver import open_model_segmenter
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.models.liver_inference import average_probability, open_model
from cirrhosis.models.liver_mask import clean_mask
from tests.commands.made_segmentation import make_root, place, train_here
from tests.imaging.made_volumes import abdomen

SETTINGS = LiverSettings(source="model", model="made/v")
# A network that has learnt nothing: what it marks does not matter here.
UNTAUGHT = ("segmenter.training.steps=2",)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        root = make_root(tmp_path_factory.mktemp("models"))
        values = train_here(root, patch, *UNTAUGHT)
        yield root, values


def open_segmenter(root):
    folder, values = root
    return open_model_segmenter(values, read_splits(folder / "splits" / "made.csv"), SETTINGS)


def test_a_training_patient_is_segmented_by_the_model_that_did_not_see_it(root):
    segmenter, volume = open_segmenter(root), abdomen(seed=7)
    for patient, fold in (("A1", 0), ("A3", 1)):
        found = segmenter(volume, patient_id=patient, mask_path=None)
        assert found.source == f"model made/v fold {fold} (out-of-fold)"
        model = open_model(place(root[0], fold).folder)
        alone = clean_mask(model.find_probability(volume.array, volume.spacing_mm))
        assert np.array_equal(found.mask.array, alone)


def test_everybody_else_is_segmented_by_the_mean_of_all(root):
    volume = abdomen(seed=7)
    found = open_segmenter(root)(volume, patient_id="a stranger", mask_path=None)
    models = [open_model(place(root[0], fold).folder) for fold in (0, 1)]
    together = clean_mask(average_probability(models, volume.array, volume.spacing_mm))
    assert found.source == "model made/v mean of 2"
    assert np.array_equal(found.mask.array, together)


def test_mask_lies_on_the_grid_of_an_oblique_volume_to_the_last_digit(root):
    straight = abdomen(seed=7)
    angle = np.deg2rad(9)
    turn = (np.cos(angle), -np.sin(angle), 0, np.sin(angle), np.cos(angle), 0, 0, 0, 1)
    direction = tuple(map(float, turn))
    odd = Volume(straight.array[:, :-3, :-5], (7.013, 4.001, 3.9), (1.25, -7.5, 3.0), direction)
    mask = open_segmenter(root)(odd, patient_id="A1", mask_path=None).mask
    assert mask.array.shape == odd.array.shape
    assert mask.array.dtype == np.uint8
    assert (mask.spacing_mm, mask.origin_mm, mask.direction) == (
        odd.spacing_mm, odd.origin_mm, odd.direction,
    )  # fmt: skip


def test_identity_is_that_of_the_weights_that_serve_a_patient(root):
    before = open_segmenter(root)
    assert before.identify("A1") == before.identify("A2") != before.identify("A3")
    assert before.identify("a stranger") not in (before.identify("A1"), before.identify("A3"))
    weights = place(root[0], 0).model
    kept = weights.read_bytes()
    try:
        weights.write_bytes(kept[:-4] + b"\x00\x00\x00\x3f")
        after = open_segmenter(root)
    finally:
        weights.write_bytes(kept)
    assert after.identify("A1") != before.identify("A1")
    assert after.identify("A3") == before.identify("A3")
    assert after.identify("a stranger") != before.identify("a stranger")


def test_a_segmenter_travels_to_a_worker(root):
    segmenter, volume = open_segmenter(root), abdomen(seed=7)
    sent = pickle.dumps(segmenter)
    assert len(sent) < 10_000
    one, other = (
        each(volume, patient_id="A1", mask_path=None) for each in (segmenter, pickle.loads(sent))
    )
    assert np.array_equal(one.mask.array, other.mask.array)
    assert pickle.loads(sent).identify("A1") == segmenter.identify("A1")


def test_a_volume_without_liver_is_an_error_that_names_the_model(root, monkeypatch):
    monkeypatch.setattr(
        "cirrhosis.models.liver_inference.average_probability",
        lambda models, array, spacing: np.zeros(array.shape, np.float32),
    )
    with pytest.raises(ContractError, match=r"'A1'.* model made/v fold 0 .* finds none"):
        open_segmenter(root)(abdomen(), patient_id="A1", mask_path=None)


@pytest.mark.parametrize(
    ("n_voxels", "flags"), [(6240, ("liver_small",)), (6251, ()), (41_700, ("liver_large",))]
)
def test_doubtful_volumes_are_flagged(n_voxels, flags, root, monkeypatch):
    # Voxels of 6 x 4 x 4 mm: 600 ml are 6250.
    probability = np.zeros((24, 64, 64), np.float32)
    probability.ravel()[:n_voxels] = 1.0
    monkeypatch.setattr(
        "cirrhosis.models.liver_inference.average_probability", lambda *arguments: probability
    )
    found = open_segmenter(root)(abdomen(), patient_id="A1", mask_path=None)
    assert found.flags == flags
