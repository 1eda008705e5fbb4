"""When a sweep is killed, and what of it."""

from dataclasses import dataclass

import numpy as np

# The whole group at once, as a machine that goes down; one process that trains, as the
# system kills when memory is short; the first process alone, as a terminal that is closed.
TARGETS = ("group", "worker", "parent")


@dataclass(frozen=True)
class Tempo:
    """How fast an undisturbed sweep goes.

    Attributes:
        first: Seconds from its start to the end of its first run.
        pace: Seconds between the ends of two runs.
    """

    first: float
    pace: float


@dataclass(frozen=True)
class Kill:
    """One kill of a sweep.

    Attributes:
        share: It is due when this share of all runs is finished.
        delay: Where in the time after that it falls, in [0, 1).
        target: One of `TARGETS`.
    """

    share: float
    delay: float
    target: str

    def wait(self, tempo: Tempo, *, is_fresh: bool) -> float:
        """Return the seconds from when it is due.

        Args:
            tempo: Of the sweep.
            is_fresh: Whether it was due when the command started: it may then fall into
                imports and loading, else into the length of one run.
        """
        return self.delay * (tempo.first if is_fresh else tempo.pace)


def plan_kills(n_kills: int, n_runs: int, seed: int) -> list[Kill]:
    """Return the kills of a sweep in their order; the same seed gives the same ones.

    At least two runs are left at the last one, so that there is something to kill.
    """
    rng = np.random.default_rng(seed)
    shares = np.sort(rng.uniform(0, max(0.0, 1 - 2 / n_runs), n_kills))
    delays = rng.uniform(0, 1, n_kills)
    order = rng.permutation(len(TARGETS))
    targets = [TARGETS[order[number % len(TARGETS)]] for number in range(n_kills)]
    return [
        Kill(float(share), float(delay), target)
        for share, delay, target in zip(shares, delays, targets, strict=True)
    ]
