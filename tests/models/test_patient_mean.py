"""The mean over patients does not depend on how they were put into batches."""

import pytest
import torch
from torch import tensor

from cirrhosis.models.patient_mean import PatientMean

VALUES = torch.linspace(-2, 5, 13)


@pytest.mark.parametrize("sizes", [(13,), (6, 7), (1, 4, 8)])
def test_any_batches_give_the_mean_of_all_patients(sizes):
    mean = PatientMean()
    for part in VALUES.split(sizes):
        mean.update(part.mean(), len(part))
    torch.testing.assert_close(mean.compute(), VALUES.mean())


def test_means_of_several_batches_are_weighted_by_their_sizes():
    mean = PatientMean()
    mean.update(tensor([1.0, 4.0]), tensor([3, 1]))
    assert mean.compute() == 7 / 4


def test_a_new_epoch_forgets_the_one_before():
    mean = PatientMean()
    mean.update(tensor(100.0), 5)
    mean.reset()
    mean.update(tensor(2.0), 1)
    assert mean.compute() == 2
