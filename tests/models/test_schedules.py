"""The rate rises by equal steps, falls along half a cosine, and ends where it should."""

import math

import pytest
import torch
from torch.optim import SGD

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.schedules import cosine


def list_rates(n_epochs, **settings):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = cosine(optimizer, n_epochs=n_epochs, **settings)
    rates = []
    for _ in range(n_epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_it_follows_the_formula():
    rates = list_rates(7, warmup_epochs=2, final_share=0.1)
    falling = [0.1 + 0.45 * (1 + math.cos(math.pi * step / 4)) for step in range(5)]
    assert rates == pytest.approx([2 / 3, 4 / 3, *(2 * share for share in falling)])


def test_without_a_rise_it_begins_at_the_full_rate():
    assert list_rates(3, warmup_epochs=0, final_share=0.0) == pytest.approx([2, 1, 0])


def test_a_run_of_one_epoch_has_the_full_rate():
    assert list_rates(1, warmup_epochs=0, final_share=0.0) == [2]


@pytest.mark.parametrize(("warmup", "share"), [(3, 0.0), (-1, 0.0), (0, 1.5)])
def test_what_cannot_be_is_refused(warmup, share):
    with pytest.raises(ContractError, match="below the run's 3 epochs"):
        list_rates(3, warmup_epochs=warmup, final_share=share)
