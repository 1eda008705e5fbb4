import torch

from cirrhosis.data.pair_datamodule import ResidentPairs
from cirrhosis.models.registrar import RigidRegistrar, rate_share
from cirrhosis.models.registrar_disturbance import draw_motions, remap_looks
from cirrhosis.models.registrar_settings import DisturbanceSettings
from tests.models.made_pairs import SETTINGS, learning, pairs


def losses(settings, n_steps, *, seed=3):
    torch.manual_seed(seed)
    registrar = RigidRegistrar(settings, seed=seed)
    optimizer = torch.optim.Adam(registrar.parameters(), lr=5e-3)
    batch = ResidentPairs(pairs())[[0, 1]]
    found = []
    for _ in range(n_steps):
        # The same draw each time: what falls is the loss of this very step.
        loss = registrar.measure(batch, torch.Generator().manual_seed(seed))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


def test_a_few_steps_lower_the_loss_of_known_motion():
    found = losses(learning(own_share=1.0), 25)
    assert found[-1] < 0.8 * found[0]


def test_a_few_steps_raise_the_information():
    found = losses(learning(own_share=0.0), 25)
    assert found[0] < 0
    assert found[-1] < found[0] - 0.02


def test_the_same_volume_twice_has_not_moved():
    torch.manual_seed(0)
    registrar = RigidRegistrar(SETTINGS, seed=0).eval()
    image = torch.rand(2, 1, *SETTINGS.network.shape)
    rotation, shift = registrar(image, image)
    assert torch.allclose(rotation, torch.eye(3).expand(2, 3, 3), atol=1e-4)
    assert shift.abs().max() < 1e-2


def test_there_and_back_is_no_motion():
    torch.manual_seed(0)
    registrar = RigidRegistrar(SETTINGS, seed=0).eval()
    first, second = torch.rand(2, 1, 1, *SETTINGS.network.shape)
    there, back = registrar(first, second), registrar(second, first)
    assert torch.allclose(there[0] @ back[0], torch.eye(3)[None], atol=1e-4)


def test_disturbed_points_come_back():
    motions = draw_motions(3, DisturbanceSettings(), torch.Generator().manual_seed(0))
    points = 50 * torch.randn(3, 10, 3)
    assert torch.allclose(motions.apply(motions.undo(points)), points, atol=1e-3)


def test_another_look_keeps_air_dark_and_moves_nothing():
    image = torch.zeros(1, 1, 4, 4, 4)
    image[0, 0, 1:3] = 0.7
    looked = remap_looks(image, torch.Generator().manual_seed(1))
    assert looked[image == 0].max() == 0
    assert looked[image > 0].unique().numel() == 1


def test_the_rate_rises_then_falls_to_almost_nothing():
    shares = [rate_share(step, 100) for step in range(100)]
    assert max(shares) == 1
    assert shares.index(1) < 10
    assert shares[-1] < 0.03
