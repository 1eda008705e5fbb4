"""A small network with dropout that ends its process, or tries to, at a step of training."""

import contextlib
import os
import resource
import signal
from pathlib import Path

import torch
from torch import nn

# What happens at which step; tests of this process set it, other processes are told by
# the environment: `4:KILL` kills at the fourth step.
PLAN = {"step": 0, "deed": ""}
SMALL_FILE = 6000


class StoppingNetwork(nn.Module):
    """Two layers, whatever the number of channels."""

    def __init__(self, n_channels):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(n_channels, 4, 3, stride=2), nn.BatchNorm2d(4))
        self.last = nn.Sequential(
            nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 1)
        )
        self.n_steps = 0
        step, _, deed = os.environ.get("STOPPING_NETWORK", ":").partition(":")
        self.plan = {"step": int(step), "deed": deed} if deed else dict(PLAN)

    def forward(self, image):
        if self.training:
            self.n_steps += 1
            if self.n_steps == self.plan["step"]:
                act(self.plan["deed"])
        return self.last(self.first(image))


def act(deed):
    if deed == "full":
        limit_files(SMALL_FILE)
    elif deed == "die-writing":
        # The system kills whoever makes a file larger: in the middle of a checkpoint.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        limit_files(SMALL_FILE)
    elif deed == "error":
        raise RuntimeError("planted")
    elif deed == "ctrl-c":
        raise KeyboardInterrupt
    elif deed.startswith("once="):
        kill_who_comes_first(Path(deed.removeprefix("once=")))
    else:
        os.kill(os.getpid(), getattr(signal, f"SIG{deed}"))


def kill_who_comes_first(token):
    """Kill this process unless another one has taken the file away before."""
    with contextlib.suppress(FileNotFoundError):
        token.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def limit_files(size):
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def build(n_channels, **settings):
    del settings
    torch.manual_seed(1)
    return StoppingNetwork(n_channels)
