"""The product's resnet18, which ends its process at the first batch and leaves the time."""

import os
import time
from pathlib import Path
from typing import Any

from torch import nn

from cirrhosis.models.networks.torchvision import build_torchvision_network


def build(n_channels: int, **settings: Any) -> nn.Module:
    """Return the network; when it first trains, the clock is written and the process ends."""
    network = build_torchvision_network(n_channels, **settings)
    network.register_forward_pre_hook(_end)
    return network


def _end(network: nn.Module, images: Any) -> None:
    del images
    if network.training:
        Path(os.environ["FIRST_BATCH"]).write_text(str(time.time()))
        os._exit(0)
