"""A program of Hydra whose jobs load nothing: `python -m tests.commands.light_sweep`."""

import sys

import hydra

from tests.commands.light_job import do

if __name__ == "__main__":
    hydra.main(version_base="1.3", config_path=sys.argv.pop(1), config_name="light")(do)()
