"""A job that does what its configuration says and notes where."""

import os
import signal
import sys
from pathlib import Path

from hydra.core.hydra_config import HydraConfig


def do(config):
    hydra = HydraConfig.get()
    if config.deed == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if config.deed == "raises":
        raise ValueError("planted")
    places = [os.environ.get(name) for name in ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")]
    text = " ".join(map(str, [os.getpid(), hydra.job.num, config.number, *places]))
    (Path(hydra.runtime.output_dir) / "note.txt").write_text(text)
    # In pieces, as people print.
    for word in ("a", "line", "of", "its", "own"):
        sys.stdout.write(f"{word} ")
    print()
    return config.number
