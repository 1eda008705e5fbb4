import numpy as np
import pytest
import torch

from cirrhosis.imaging.information import mutual_information
from cirrhosis.models.networks.parzen_information import parzen_information

N = 20_000


def related(noise, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, N) / 3 + 0.02 * rng.standard_normal(N)
    second = np.array([0.2, 0.9, 0.1, 0.6])[np.rint(first * 3).astype(int).clip(0, 3)]
    return first, second + noise * rng.standard_normal(N)


def parzen(first, second, bins=32):
    rows = (torch.from_numpy(np.asarray(values, np.float32))[None] for values in (first, second))
    return float(parzen_information(*rows, bins=bins)[0])


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_it_is_near_the_histogram(noise):
    first, second = related(noise)
    histogram = mutual_information(first, second, bins=32)
    assert parzen(first, second) == pytest.approx(histogram, abs=0.12)


def test_less_noise_is_more_information():
    found = [parzen(*related(noise)) for noise in (0.5, 0.2, 0.1, 0.05)]
    assert found == sorted(found)


def test_unrelated_and_constant_values_share_nothing():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((2, N))
    assert parzen(first, second) < 0.02
    assert parzen(first, np.ones(N)) == pytest.approx(0, abs=1e-4)


def test_order_of_brightness_does_not_matter():
    first, second = related(0.1)
    assert parzen(first, 1 - second) == pytest.approx(parzen(first, second), abs=1e-3)
    assert parzen(second, first) == pytest.approx(parzen(first, second), abs=1e-3)


def test_pairs_without_weight_do_not_count():
    first, second = related(0.1)
    spoilt = second.copy()
    spoilt[: N // 2] = np.random.default_rng(1).permutation(spoilt[: N // 2])
    weights = torch.ones(1, N)
    weights[:, : N // 2] = 0
    rows = [torch.from_numpy(np.float32(values))[None] for values in (first, spoilt)]
    whole = parzen(first[N // 2 :], second[N // 2 :])
    assert float(parzen_information(*rows, weights, bins=32)[0]) == pytest.approx(whole, abs=0.05)


def test_its_gradient_leads_to_alignment():
    place = torch.linspace(-3, 3, 4000)
    wave = torch.sin(place) + 0.5 * torch.sin(2.7 * place)
    for offset in (-0.3, 0.3):
        shift = torch.tensor(offset, requires_grad=True)
        moved = torch.sin(place + shift) + 0.5 * torch.sin(2.7 * (place + shift))
        parzen_information(wave[None], 1 - moved[None], bins=32).sum().backward()
        assert torch.sign(shift.grad) == -np.sign(offset)
