"""A sweep that is killed, and started again until it ends."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from family import Family, Started
from kills import Kill, Tempo
from run_watch import RunWatch

POLL_SECONDS = 0.1
# A command that ends so often by itself and gets nowhere will not get anywhere.
PATIENCE = 3
# After that an orphan is one that stays.
ORPHAN_SECONDS = 60.0


@dataclass
class Record:
    """What was done to the sweep and what came of it.

    Attributes:
        kills: One entry per kill: its target, runs finished and runs in work at the moment.
        exit_codes: Of each time the command ran, in their order.
        orphan_seconds: How long processes lived after their first process was killed.
        left: Processes that lived after the end, and were ended by this experiment.
    """

    kills: list[dict[str, object]] = field(default_factory=list)
    exit_codes: list[int | None] = field(default_factory=list)
    orphan_seconds: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


class Disturbance:
    """Starts a sweep, kills it by plan, and starts it again at once.

    At once, though processes of the killed one may still live: they must not get into each
    other's way.

    Args:
        restart: Starts the command.
        runs: Folder of its runs.
        kills: The plan.
        n_runs: How many runs the sweep has.
        tempo: Of the undisturbed sweep.
        seed: Chooses which of the processes that train is killed.
    """

    def __init__(
        self,
        restart: Callable[[], Started],
        runs: Path,
        kills: Sequence[Kill],
        *,
        n_runs: int,
        tempo: Tempo,
        seed: int,
    ) -> None:
        self.restart = restart
        self.pending = list(kills)
        self.n_runs = n_runs
        self.tempo = tempo
        self.rng = np.random.default_rng([seed, 1])
        self.watch = RunWatch(runs)
        self.record = Record()
        self.families: list[Family] = []
        self.orphans: dict[Family, float] = {}

    def run(self) -> None:
        """Start the command until it ends with exit code 0, or gets nowhere any more."""
        idle = 0
        while idle < PATIENCE:
            n_before, kills_before = self.watch.n_finished, len(self.pending)
            family = Family(self.restart())
            self.families.append(family)
            self._attend(family)
            self._look()
            code = family.parent.poll()
            self.record.exit_codes.append(code)
            self._say(f"the command ended with exit code {code}")
            if code == 0:
                return
            moved = self.watch.n_finished > n_before or len(self.pending) < kills_before
            idle = 0 if moved else idle + 1

    def settle(self) -> None:
        """Wait until every process has ended, and write down those that do not."""
        end = time.monotonic() + ORPHAN_SECONDS
        while self._living() and time.monotonic() < end:
            self._look()
            time.sleep(POLL_SECONDS)
        self._look()
        self.record.left = self._living()

    def end(self) -> None:
        """Leave no process behind."""
        for family in self.families:
            family.kill(family.living())

    def _attend(self, family: Family) -> None:
        due: float | None = None
        is_fresh = True
        while not family.is_over:
            self._look()
            now = time.monotonic()
            if self.pending and due is None and self._is_due(self.pending[0]):
                due = now + self.pending[0].wait(self.tempo, is_fresh=is_fresh)
            is_fresh = False
            if due is not None and now >= due and self._kill(self.pending[0], family):
                self.pending.pop(0)
                due = None
            time.sleep(POLL_SECONDS)

    def _look(self) -> None:
        self.watch.look()
        for family in self.families:
            family.look()
        for family, since in list(self.orphans.items()):
            if not family.living():
                self.record.orphan_seconds.append(round(time.monotonic() - since, 1))
                del self.orphans[family]

    def _living(self) -> list[int]:
        return [number for family in self.families for number in family.living()]

    def _is_due(self, kill: Kill) -> bool:
        return self.watch.n_finished >= kill.share * self.n_runs

    def _kill(self, kill: Kill, family: Family) -> bool:
        """Kill what the plan names; False if there is no such process at the moment."""
        living = family.living()
        training = sorted(set(self.watch.owners().values()) & set(living))
        targets = {
            "group": living,
            "parent": [family.parent.pid],
            "worker": [int(self.rng.choice(training))] if training else [],
        }[kill.target]
        if not targets:
            return False
        family.kill(targets)
        if kill.target == "parent":
            self.orphans[family] = time.monotonic()
        number = len(self.record.kills) + 1
        entry = {"target": kill.target, "finished": self.watch.n_finished}
        self.record.kills.append(entry | {"in_work": len(self.watch.owners())})
        self._say(f"kill {number} of {number - 1 + len(self.pending)} ({kill.target})")
        return True

    def _say(self, what: str) -> None:
        print(f"{self.watch.n_finished} of {self.n_runs} finished: {what}", flush=True)
