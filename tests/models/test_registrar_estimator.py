import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.rigid import is_rigid
from cirrhosis.models.networks.rigid_sampling import rotation_of
from cirrhosis.models.registrar import RigidRegistrar
from cirrhosis.models.registrar_estimator import (
    FixedFolders,
    RegistrarEstimator,
    load_registrar,
    mean_motion,
)
from cirrhosis.models.registrar_files import RECORD, WEIGHTS, read_registrar, write_registrar
from tests.models.made_pairs import SETTINGS, region


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of two untrained models."""
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        folder = tmp_path_factory.mktemp(f"model{seed}")
        write_registrar(RigidRegistrar(SETTINGS, seed=seed), {"split_hash": "h"}, folder)
        made.append(folder)
    return tuple(made)


def estimator(*folders, refinement=None):
    return RegistrarEstimator(FixedFolders(folders, "all"), refinement)


def test_a_model_is_read_as_it_was_written(folders):
    read = read_registrar(folders[0])
    torch.manual_seed(1)
    written = RigidRegistrar(SETTINGS, seed=1)
    assert read.settings == SETTINGS
    for name, value in written.state_dict().items():
        assert torch.equal(value, read.state_dict()[name])


def test_the_same_pair_gives_the_same_numbers_twice_also_after_pickling(folders):
    torch.set_num_threads(2)
    found = estimator(*folders, refinement=SETTINGS.refinement)
    again = pickle.loads(pickle.dumps(found))
    first = found(*region(), patient_id="A1")
    assert again(*region(), patient_id="A1") == first
    assert is_rigid(first)
    assert torch.get_num_threads() == 2


def test_pickling_carries_no_weights(folders):
    assert len(pickle.dumps(estimator(*folders))) < 2000


def test_five_models_answer_by_their_mean(folders):
    one, other = (estimator(folder)(*region(), patient_id="A1") for folder in folders)
    both = estimator(*folders)(*region(), patient_id="A1")
    middle = (np.array(one.translation_mm) + other.translation_mm) / 2
    assert np.allclose(both.translation_mm, middle, atol=1e-4)
    assert is_rigid(both)


def test_the_mean_of_two_turns_is_half_way():
    turns = [rotation_of(torch.tensor([[0.0, angle, 0.0]]))[0] for angle in (0.1, 0.5)]
    shifts = [torch.tensor([1.0, 0, 0]), torch.tensor([3.0, 2, 0])]
    rotation, shift = mean_motion(list(zip(turns, shifts, strict=True)))
    assert torch.allclose(
        rotation.float(), rotation_of(torch.tensor([[0.0, 0.3, 0.0]]))[0], atol=1e-5
    )
    assert shift.tolist() == [2, 1, 0]


def test_each_patient_is_served_by_the_own_models(folders):
    def folders_for(patient_id):
        return (folders[patient_id == "A2"],), patient_id

    found = RegistrarEstimator(folders_for, None)
    assert found.identify("A1") == estimator(folders[0]).identify("A1")
    assert found.identify("A2") == estimator(folders[1]).identify("A2")
    assert found(*region(), patient_id="A2") == estimator(folders[1])(*region(), patient_id="A2")


def test_other_weights_and_another_refinement_are_another_identity(folders):
    known = {
        estimator(folders[0]).identify("A1"),
        estimator(folders[1]).identify("A1"),
        estimator(*folders).identify("A1"),
        estimator(folders[0], refinement=SETTINGS.refinement).identify("A1"),
        estimator(folders[0], refinement=replace(SETTINGS.refinement, seed=5)).identify("A1"),
    }
    assert len(known) == 5


def test_weights_are_read_again_only_if_they_changed(folders, tmp_path):
    for name in (WEIGHTS, RECORD):
        (tmp_path / name).write_bytes((folders[0] / name).read_bytes())
    first = load_registrar(tmp_path)
    assert load_registrar(tmp_path) is first
    (tmp_path / WEIGHTS).write_bytes((folders[1] / WEIGHTS).read_bytes())
    assert load_registrar(tmp_path) is not first


def test_what_does_not_fit_is_refused(folders, tmp_path):
    fixed, moving, mask = region()
    found = estimator(folders[0])
    with pytest.raises(ContractError, match=r"region.*empty"):
        found(fixed, moving, like(mask, np.zeros_like(mask.array)), patient_id="A1")
    with pytest.raises(ContractError, match="isotropic"):
        found(replace(fixed, spacing_mm=(6.0, 4.0, 4.0)), moving, mask, patient_id="A1")
    with pytest.raises(ContractError, match=r"model\.json"):
        estimator(tmp_path / "absent")(fixed, moving, mask, patient_id="A1")
    (tmp_path / RECORD).write_text('{"kind": "liver"}')
    with pytest.raises(ContractError, match="rigid_registrar"):
        read_registrar(tmp_path)


def test_oblique_volumes_are_aligned_in_the_scanner_s_axes(folders):
    fixed, moving, mask = region()
    straight = estimator(folders[0])(fixed, moving, mask, patient_id="A1")
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])

    def turned(volume):
        direction = tuple((turn @ np.reshape(volume.direction, (3, 3))).ravel().tolist())
        return replace(
            volume, direction=direction, origin_mm=tuple((turn @ volume.origin_mm).tolist())
        )

    found = estimator(folders[0])(*map(turned, (fixed, moving, mask)), patient_id="A1")
    rotation = np.reshape(straight.rotation, (3, 3))
    assert np.allclose(np.reshape(found.rotation, (3, 3)), turn @ rotation @ turn.T, atol=1e-5)
    assert np.allclose(found.translation_mm, turn @ straight.translation_mm, atol=1e-3)
    assert np.allclose(found.center_mm, turn @ straight.center_mm, atol=1e-6)
