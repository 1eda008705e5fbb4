"""`cirrhosis train -m` with workers that time what they do; `overhead.py` starts it."""

import sys
from pathlib import Path

from cirrhosis.commands import cli, sweep_workers


def main() -> None:
    """Run the command line with the worker beside this file in place of the product's."""
    sweep_workers.COMMAND = (sys.executable, str(Path(__file__).with_name("overhead_worker.py")))
    cli.main()


if __name__ == "__main__":
    main()
