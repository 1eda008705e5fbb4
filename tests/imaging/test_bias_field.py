import numpy as np
import pytest

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.bias_field import correct_bias_field
from cirrhosis.imaging.geometry import like


@pytest.fixture(scope="module")
def clean():
    """Two tissues in air on an isotropic grid of 4 mm."""
    z, y, x = np.indices((32, 40, 48))
    body = ((x - 24) / 22) ** 2 + ((y - 20) / 18) ** 2 < 1
    organ = ((x - 16) / 9) ** 2 + ((y - 20) / 9) ** 2 + ((z - 16) / 10) ** 2 < 1
    array = np.where(body, np.where(organ, 300.0, 150.0), 0.0)
    noise = np.random.default_rng(0).normal(0, 4, array.shape)
    return Volume(
        np.abs(array + noise).astype(np.float32),
        (4.0, 4.0, 4.0),
        (0.0, 0.0, 0.0),
        (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0),
    )


def unevenness(volume, clean):
    """Spread of the logarithm within both tissues."""
    tissues = (clean.array > 250, (clean.array > 120) & (clean.array < 180))
    return np.mean([np.log(volume.array[tissue]).std() for tissue in tissues])


def test_a_smooth_field_is_taken_out(clean):
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in clean.array.shape), indexing="ij")
    field = np.exp(0.4 * z - 0.3 * x + 0.2 * y * y)
    uneven = like(clean, (clean.array * field).astype(np.float32))
    evened = correct_bias_field(uneven)
    assert unevenness(uneven, clean) > 0.2
    assert unevenness(evened, clean) < 0.4 * unevenness(uneven, clean)
    assert evened.array.dtype == np.float32
    assert evened.same_grid(uneven)


def test_an_even_volume_stays_nearly_as_it_is(clean):
    assert unevenness(correct_bias_field(clean), clean) < unevenness(clean, clean) + 0.03


def test_repeats_to_the_last_bit(clean):
    assert np.array_equal(correct_bias_field(clean).array, correct_bias_field(clean).array)


@pytest.mark.parametrize("shape", [(20, 20, 20), (3, 3, 3), (1, 30, 30)])
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_volumes_without_tissue_enough_pass(shape, value):
    still = Volume(
        np.full(shape, value, np.float32),
        (3.0, 3.0, 3.0),
        (0.0, 0.0, 0.0),
        (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0),
    )
    corrected = correct_bias_field(still).array
    assert np.isfinite(corrected).all()
    assert corrected == pytest.approx(still.array, rel=0.02)
