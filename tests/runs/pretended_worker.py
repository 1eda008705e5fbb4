"""A worker that knows no Hydra: what it is to do, its jobs say."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cirrhosis.commands.worker_process import serve


def work(connection):
    opening = connection.recv_bytes()
    while True:
        try:
            number, deed = connection.recv()
        except EOFError:
            return
        stays = do(deed)
        names = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")
        places = [os.environ.get(name) for name in names]
        connection.send(((number, opening.decode(), *places), stays))


def do(deed):
    if deed.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[deed])
    elif deed == "fails":
        sys.exit(3)
    elif deed.startswith("/"):
        # Deaf to the signals that end others.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "60"])
        folder = Path(deed)
        (folder / f"{os.getpid()}-{child.pid}").touch()
        child.wait()
    else:
        time.sleep(float(deed))
    return deed != "0.1"


serve(work)
