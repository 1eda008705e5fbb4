"""A network that draws nothing and writes down what it is fed."""

import json
import os
from pathlib import Path

import torch
from torch import nn


class CountingNetwork(nn.Module):
    """One linear layer on means of 4 x 4 pixels: one step of several processes must equal one
    step of a single process, whatever the sizes of their parts."""

    def __init__(self, n_channels, folder, fails):
        super().__init__()
        self.layer = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.LazyLinear(1))
        self.layer(torch.zeros(1, n_channels, 16, 16))
        self.rank = os.environ.get("RANK", "alone")
        self.path = Path(folder) / f"rank-{self.rank}.jsonl"
        self.fails = str(fails)

    def forward(self, image):
        if self.rank == self.fails:
            raise RuntimeError("planted")
        # Made images tell patients apart by their sums.
        sums = [round(float(value), 2) for value in image.double().sum(dim=(1, 2, 3))]
        line = json.dumps({"training": self.training, "patients": sums})
        with self.path.open("a") as stream:
            stream.write(line + "\n")
        return self.layer(image)


def build(n_channels, *, folder, fails=None, **settings):
    del settings
    return CountingNetwork(n_channels, folder, fails)
