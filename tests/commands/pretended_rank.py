"""In place of a process that trains: ends as `values.json` tells it, without torch."""

import json
import os
import signal
import sys
import time
from pathlib import Path

exchange = Path(sys.argv[1])
rank = os.environ["RANK"]
fate = json.loads((exchange / "values.json").read_text())[rank]
report = exchange / f"rank-{rank}.json"
print(f"rank {rank} of {os.environ['WORLD_SIZE']}, {os.environ.get('SLURM_NTASKS')}")
if fate == "fails":
    error = {"error": "planted", "time": time.time(), "traceback": "in planted"}
    report.write_text(json.dumps(error))
    sys.exit(1)
if fate == "breaks":
    sys.exit(3)
if fate == "ends":
    scores = {"patients": ["P2", "P1"], "scores": [0.25, 0.5]}
    fitted = {"y_score": scores, "n_epochs": 3, "n_before": 1, "best": None}
    report.write_text(json.dumps(fitted))
if fate == "waits":
    sys.stdin.read()
if fate == "hangs":
    # Like a collective on GPUs whose partner has gone: deaf to all but the kernel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(600)
