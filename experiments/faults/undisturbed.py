"""A sweep that nobody disturbs, and how fast it goes."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict

from command import Sweep
from family import Family, start
from kills import Tempo
from run_watch import RunWatch

from cirrhosis.contracts.files import write_json

POLL_SECONDS = 0.1


def run_undisturbed(sweep: Sweep, environment: Mapping[str, str]) -> tuple[RunWatch, Tempo, float]:
    """Train the sweep, once; one that was trained before is kept with its times.

    Returns:
        Its runs, its tempo, and the seconds it took.
    """
    watch = RunWatch(sweep.runs)
    record = sweep.folder / "times.json"
    if not record.exists():
        write_json(_run(sweep, environment, watch), record)
    watch.look()
    times = json.loads(record.read_text())
    return watch, Tempo(**times["tempo"]), times["seconds"]


def _run(sweep: Sweep, environment: Mapping[str, str], watch: RunWatch) -> dict[str, object]:
    started = time.monotonic()
    ends: list[float] = []
    family = Family(start(sweep.line, sweep.log, environment))
    try:
        while not family.is_over:
            watch.look()
            now = time.monotonic() - started
            ends += [now] * (watch.n_finished - len(ends))
            time.sleep(POLL_SECONDS)
    finally:
        family.kill(family.living())
    seconds = time.monotonic() - started
    if family.parent.poll() or len(ends) < 2:
        sys.exit(f"error: the undisturbed sweep failed; see {sweep.log}")
    pace = (ends[-1] - ends[0]) / (len(ends) - 1)
    print(f"undisturbed: {len(ends)} runs in {seconds:.0f} s", flush=True)
    return {"seconds": seconds, "tempo": asdict(Tempo(ends[0], pace))}
