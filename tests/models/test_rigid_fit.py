import math

import pytest
import torch

from cirrhosis.models.networks.rigid_fit import fit_rigid
from cirrhosis.models.networks.rigid_sampling import move, rotation_of


def points(n=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 50 * torch.randn(1, n, 3, generator=generator, dtype=torch.float64)


def test_a_known_motion_is_found_to_the_last_digits():
    fixed = points()
    rotation = rotation_of(torch.tensor([[0.3, -1.2, 2.0]], dtype=torch.float64))
    shift = torch.tensor([[12.0, -7.0, 40.0]], dtype=torch.float64)
    found = fit_rigid(fixed, move(fixed, rotation, shift), torch.ones(1, 12))
    assert torch.allclose(found[0], rotation, atol=1e-6)
    assert torch.allclose(found[1], shift, atol=1e-4)


def test_points_of_no_weight_decide_nothing():
    fixed = points()
    moving = fixed + torch.tensor([3.0, 4.0, 5.0])
    moving[:, 0] += 1000
    weights = torch.ones(1, 12)
    weights[:, 0] = 0
    rotation, shift = fit_rigid(fixed, moving, weights)
    assert torch.allclose(rotation[0], torch.eye(3, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(shift[0], torch.tensor([3.0, 4.0, 5.0], dtype=torch.float64), atol=1e-4)


def test_mirrored_points_get_a_rotation_and_no_reflection():
    fixed = points()
    rotation, _ = fit_rigid(fixed, fixed * torch.tensor([-1.0, 1.0, 1.0]), torch.ones(1, 12))
    assert torch.det(rotation).item() == pytest.approx(1, abs=1e-9)


def test_the_fit_beats_every_motion_near_it():
    fixed, moving = points(seed=1), points(seed=2) * 0.1 + points(seed=1)
    weights = torch.rand(1, 12, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    rotation, shift = fit_rigid(fixed, moving, weights)

    def cost(turn, step):
        errors = move(fixed, rotation_of(turn) @ rotation, shift + step) - moving
        return float((weights[..., None] * errors**2).sum())

    best = cost(torch.zeros(1, 3, dtype=torch.float64), torch.zeros(1, 3))
    for k in range(6):
        change = torch.zeros(1, 6, dtype=torch.float64)
        change[0, k] = 1e-3
        for sign in (-1, 1):
            assert cost(sign * change[:, :3], sign * change[:, 3:]) > best


@pytest.mark.parametrize(
    "fixed",
    [
        torch.zeros(1, 5, 3),
        torch.arange(5.0)[None, :, None] * torch.tensor([1.0, 2.0, 3.0]),
        torch.tensor([[[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]]),
        torch.tensor([[[1.0, 0, 0], [0, 1, 0], [-1, -1, 0]]]),
    ],
    ids=["one place", "one line", "equal spread", "one plane"],
)
def test_points_that_decide_too_little_leave_a_rotation_and_finite_gradients(fixed):
    fixed = fixed.double().requires_grad_()
    moving = (fixed * torch.tensor([1.0, 1.0, -1.0])).detach().requires_grad_()
    weights = torch.ones(fixed.shape[:2], dtype=torch.float64, requires_grad=True)
    rotation, shift = fit_rigid(fixed, moving, weights)
    assert torch.allclose(rotation @ rotation.mT, torch.eye(3, dtype=torch.float64), atol=1e-9)
    assert torch.det(rotation).item() == pytest.approx(1)
    (rotation.sum() + shift.sum()).backward()
    assert all(part.grad.isfinite().all() for part in (fixed, moving, weights))


def test_one_place_means_no_rotation():
    rotation, shift = fit_rigid(torch.ones(1, 4, 3), 3 * torch.ones(1, 4, 3), torch.ones(1, 4))
    assert torch.allclose(rotation[0], torch.eye(3, dtype=torch.float64))
    assert torch.allclose(shift[0], torch.full((3,), 2.0, dtype=torch.float64))


def test_without_any_weight_there_is_no_motion():
    rotation, shift = fit_rigid(points(), points(seed=4), torch.zeros(1, 12))
    assert torch.allclose(rotation[0], torch.eye(3, dtype=torch.float64))
    assert shift.abs().max() == 0


def test_a_rotation_turns_by_the_length_of_its_vector():
    rotation = rotation_of(torch.tensor([[0.0, 0.0, math.pi / 2]]))
    turned = move(torch.tensor([[[1.0, 0, 0]]]), rotation, torch.zeros(1, 3))
    assert torch.allclose(turned, torch.tensor([[[0.0, 1, 0]]]), atol=1e-6)
