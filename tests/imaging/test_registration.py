from dataclasses import replace

import numpy as np
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import RigidTransform, Volume
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.region import cut_image
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import IDENTITY, apply, recentred, translation_mm
from cirrhosis.imaging.simpleitk_estimator import EstimationError, one_thread
from tests.imaging.made_volumes import abdomen, liver_mask, liver_points, motion

SETTINGS = RegistrationSettings(even_bias=False)


def errors_mm(found, truth):
    points = liver_points()
    return np.linalg.norm(apply(found, points) - apply(truth, points), axis=1)


@pytest.mark.parametrize("sequence", ["pvp", "t1", "t2"])
@pytest.mark.parametrize(
    "truth", [motion((4, -3, 6), (8, -6, 10)), motion((0, 0, 0), (-5, 9, -15))]
)
def test_finds_a_known_motion_in_each_contrast(sequence, truth):
    moving = abdomen(sequence, moved=truth, seed=1)
    found = choose_registrar(SETTINGS)(abdomen(), moving, liver_mask(), patient_id="p")
    assert found.flags == ()
    assert found.method == "simpleitk"
    assert errors_mm(IDENTITY, truth).mean() > 9
    assert errors_mm(found.transform, truth).max() < 1.5
    assert found.information_after > found.information_before


def test_repeats_to_the_last_bit():
    moving = abdomen("t2", moved=motion((4, -3, 6), (8, -6, 10)), seed=1)
    registrar = choose_registrar(SETTINGS)
    one, two = (registrar(abdomen(), moving, liver_mask(), patient_id="p") for _ in range(2))
    assert one == two


def test_another_seed_gives_another_transform():
    moving = abdomen("t2", moved=motion((4, -3, 6), (8, -6, 10)), seed=1)
    found = [
        choose_registrar(replace(SETTINGS, seed=seed))(
            abdomen(), moving, liver_mask(), patient_id="p"
        )
        for seed in (1, 2)
    ]
    assert found[0].transform != found[1].transform


def test_looks_near_the_liver_and_not_at_the_body():
    # The wall stays, the organs move 12 mm up: the transform must follow the liver.
    truth = motion((0, 0, 0), (0, 0, 12))
    still, moved = abdomen("t1", seed=1), abdomen("t1", moved=truth, seed=1)
    near = np.abs(np.arange(64) - 21.5) < 20
    array = np.where(near, moved.array, still.array)
    found = choose_registrar(SETTINGS)(abdomen(), like(still, array), liver_mask(), patient_id="p")
    assert errors_mm(found.transform, truth).max() < 3


def test_a_motion_too_large_to_believe_becomes_identity_and_a_flag():
    moving = abdomen("t1", moved=motion((0, 0, 10), (12, 0, 0)), seed=1)
    strict = replace(SETTINGS, max_rotation_deg=5.0, max_translation_mm=8.0)
    found = choose_registrar(strict)(abdomen(), moving, liver_mask(), patient_id="p")
    assert found.transform == IDENTITY
    assert found.method == "identity"
    assert found.flags == ("rotation_too_large", "translation_too_large")
    assert found.information_after == found.information_before


def test_a_transform_that_adds_no_information_is_not_accepted():
    # One step of a hundredth of a millimetre on a pair that is already aligned.
    lame = replace(SETTINGS, iterations=1, step_mm=0.01)
    pair = abdomen(noise=0), abdomen(noise=0)
    found = choose_registrar(lame)(*pair, liver_mask(), patient_id="p")
    assert found.transform == IDENTITY
    assert found.flags == ("information_not_improved",)


def test_noise_is_not_registered_far_away():
    rng = np.random.default_rng(3)
    moving = like(abdomen(), rng.random(abdomen().array.shape).astype(np.float32))
    found = choose_registrar(SETTINGS)(abdomen(), moving, liver_mask(), patient_id="p")
    assert found.information_after < 0.1


def test_volumes_of_other_places_are_refused():
    there = abdomen("t1")
    far = Volume(there.array, there.spacing_mm, (900.0, 0.0, 0.0), there.direction)
    with pytest.raises(ContractError, match="do not overlap in scanner coordinates"):
        choose_registrar(SETTINGS)(abdomen(), far, liver_mask(), patient_id="p")


def test_half_a_moving_volume_is_flagged():
    there = abdomen("t1")
    cut = Volume(there.array[:9], there.spacing_mm, there.origin_mm, there.direction)
    found = choose_registrar(SETTINGS)(abdomen(), cut, liver_mask(), patient_id="p")
    assert found.transform == IDENTITY
    assert set(found.flags) & {"little_overlap", "optimizer_failed"}


def test_none_trusts_the_scanner_and_measures():
    settings = replace(SETTINGS, method="none")
    aligned = choose_registrar(settings)(
        abdomen(), abdomen("t1", seed=1), liver_mask(), patient_id="p"
    )
    moved = abdomen("t1", moved=motion(shift_mm=(0, 0, 15)), seed=1)
    apart = choose_registrar(settings)(abdomen(), moved, liver_mask(), patient_id="p")
    assert aligned.transform == apart.transform == IDENTITY
    assert aligned.information_after > apart.information_after


def test_method_is_chosen_by_name():
    with pytest.raises(ContractError, match="one of network, none, simpleitk, but got 'magic'"):
        choose_registrar(replace(SETTINGS, method="magic"))
    with pytest.raises(ContractError, match="expected a trained network"):
        choose_registrar(replace(SETTINGS, method="network"))


def test_threads_are_given_back():
    import SimpleITK as sitk

    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    with one_thread():
        assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 1
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before


class Known:
    """An estimator that gives what it was made with, and remembers what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def identify(self, patient_id):
        return f"weights of {patient_id}"

    def __call__(self, fixed, moving, region, *, patient_id):
        self.asked.append((fixed, moving, region, patient_id))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


NETWORK = replace(SETTINGS, method="network")


def ask(answer, truth, liver=True):
    estimator = Known(answer)
    moving = abdomen("t1", moved=truth, seed=1)
    registrar = choose_registrar(NETWORK, estimator)
    given = liver_mask() if liver else None
    return registrar(abdomen(), moving, given, patient_id="p7"), estimator


def test_an_injected_estimator_sees_isotropic_copies_and_is_believed_if_right():
    truth = motion((4, -3, 6), (8, -6, 10))
    found, estimator = ask(truth, truth)
    assert (found.method, found.flags) == ("network", ())
    assert found.information_after > found.information_before
    assert errors_mm(found.transform, truth).max() < 1e-9
    ((fixed, moving, region, patient_id),) = estimator.asked
    assert patient_id == "p7"
    assert fixed.spacing_mm == moving.spacing_mm == (3.0, 3.0, 3.0)
    assert region.same_grid(fixed)
    assert region.array.dtype == np.uint8
    assert choose_registrar(NETWORK, estimator).identify("p7") == "weights of p7"
    assert choose_registrar(SETTINGS).identify("p7") == ""


def test_the_shift_that_is_judged_is_that_of_the_livers_centre():
    # Written about a centre half a metre away, the same small turn has a shift of 60 mm.
    truth = motion((4, -3, 6), (8, -6, 10))
    far = recentred(truth, (500.0, 0.0, 0.0))
    assert translation_mm(far) > SETTINGS.max_translation_mm
    found, _ = ask(far, truth)
    assert found.flags == ()
    assert errors_mm(found.transform, truth).max() < 1e-9
    assert translation_mm(found.transform) < 16
    # A turn about a far centre throws the liver away, though its own shift is nothing.
    thrown, _ = ask(RigidTransform(truth.rotation, (500.0, 0.0, 0.0), (0.0, 0.0, 0.0)), truth)
    assert "translation_too_large" in thrown.flags
    assert thrown.transform == IDENTITY


@pytest.mark.parametrize(
    ("answer", "flag"),
    [
        (RigidTransform((-1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0), (0, 0, 0), (0, 0, 0)), "not_rigid"),
        (RigidTransform((1.1, 0, 0, 0, 1.0, 0, 0, 0, 1.0), (0, 0, 0), (0, 0, 0)), "not_rigid"),
        (IDENTITY._replace(translation_mm=(float("nan"), 0, 0)), "not_rigid"),
        (motion((20, 0, 0)), "rotation_too_large"),
        (motion(shift_mm=(0, 0, -12)), "information_not_improved"),
        (EstimationError("lost"), "optimizer_failed"),
    ],
)
def test_an_answer_that_cannot_be_believed_becomes_identity_and_a_flag(answer, flag):
    found, _ = ask(answer, motion(shift_mm=(0, 0, 12)))
    assert flag in found.flags
    assert (found.transform, found.method) == (IDENTITY, "identity")
    assert found.information_after == found.information_before


def test_without_a_liver_all_of_the_image_is_compared():
    truth = motion((2, -1, 3), (5, -4, 6))
    settings = replace(SETTINGS, spacing_mm=5.0, sampling=0.2, iterations=40)
    found = choose_registrar(settings)(
        abdomen(), abdomen("t1", moved=truth, seed=1), None, patient_id="p"
    )
    assert found.flags == ()
    assert errors_mm(found.transform, truth).max() < 2


def test_without_a_liver_a_small_moving_volume_is_no_reason_for_distrust():
    truth = motion(shift_mm=(0, 0, 6))
    moving = abdomen("t1", moved=truth, seed=1)
    third = Volume(
        moving.array[8:16],
        moving.spacing_mm,
        (*moving.origin_mm[:2], moving.origin_mm[2] + 48),
        moving.direction,
    )
    found = choose_registrar(NETWORK, Known(truth))(abdomen(), third, None, patient_id="p")
    assert found.flags == ()
    region = cut_image(abdomen(), third, spacing_mm=3.0)
    assert 0.2 < region.mask.array.mean() < 0.45
    assert np.abs(np.array(region.center_mm)[:2]).max() < 3


def test_without_a_liver_volumes_of_other_places_are_refused():
    there = abdomen("t1")
    far = Volume(there.array, there.spacing_mm, (900.0, 0.0, 0.0), there.direction)
    with pytest.raises(ContractError, match="do not overlap in scanner coordinates"):
        choose_registrar(SETTINGS)(abdomen(), far, None, patient_id="p")


def test_fields_of_the_coils_are_taken_out_before_volumes_are_compared():
    z, y, x = (np.linspace(-1, 1, n) for n in abdomen().array.shape)
    along, across = (
        z[:, None, None] + 0 * y[:, None] + 0 * x,
        x + 0 * y[:, None] + 0 * z[:, None, None],
    )
    truth = motion((4, -3, 6), (8, -6, 10))
    fixed = like(abdomen(), (abdomen().array * np.exp(0.4 * along)).astype(np.float32))
    clean = abdomen("t1", moved=truth, seed=1)
    moving = like(clean, (clean.array * np.exp(0.4 * along - 0.2 * across)).astype(np.float32))
    evened, left = (
        choose_registrar(replace(SETTINGS, even_bias=even))(
            fixed, moving, liver_mask(), patient_id="p"
        )
        for even in (True, False)
    )
    assert errors_mm(evened.transform, truth).mean() < 1.5
    assert errors_mm(evened.transform, truth).mean() < errors_mm(left.transform, truth).mean()
    assert evened.information_after > left.information_after
