import numpy as np
import pytest
import torch

from cirrhosis.contracts.batch import Batch, check_batch
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Volume

IDENTITY = (1.0, 0, 0, 0, 1, 0, 0, 0, 1)


def volume(shape=(2, 3, 4), spacing=(5.0, 1, 1), origin=(0.0, 0, 0), direction=IDENTITY):
    return Volume(np.zeros(shape), spacing, origin, direction)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": (2, 3, 5)},
        {"spacing": (5.0, 1, 1.1)},
        {"origin": (0.0, 1, 0)},
        {"direction": (-1.0, 0, 0, 0, -1, 0, 0, 0, 1)},
    ],
)
def test_grids_differ_in_any_part(changes):
    assert volume().same_grid(volume(origin=(0.0, 0, 1e-5)))
    assert not volume().same_grid(volume(**changes))


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 4, 4, 4), (3, 3, 4, 4)])
def test_batch_of_another_shape_is_refused(shape):
    check_batch(
        Batch(patient=torch.arange(2), image=torch.zeros(2, 3, 4, 4), target=torch.zeros(2)), 3
    )
    with pytest.raises(ContractError, match="expected images of shape"):
        check_batch(
            Batch(patient=torch.arange(2), image=torch.zeros(shape), target=torch.zeros(2)), 3
        )
