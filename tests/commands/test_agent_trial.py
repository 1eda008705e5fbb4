"""A trial that an agent of a W&B sweep starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from cirrhosis.commands.agent_trial import METRIC, take
from cirrhosis.commands.configuration import CONF
from tests.commands.in_process import make_root
from tests.made_store import SIZE
from tests.wandb_records import read_records

SWEEP = yaml.safe_load(Path("experiments/search/sweep.yaml").read_text())
CHOSEN = {"optimizer.lr": 0.0012, "model.dropout": 0.25, "augmentation": "none"}
AGENT = {"WANDB_SWEEP_ID": "sweep1", "WANDB_RUN_ID": "trial1"}


def compose_line():
    """Return the command line as an agent puts it together from the sweep's file."""
    command = {"args": {name: {"value": value} for name, value in CHOSEN.items()}}
    words = create_sweep_command_args(command) | {"env": ["/usr/bin/env"]}
    line = []
    for word in create_sweep_command(list(SWEEP["command"])):
        line += words[word[2:-1]] if word.startswith("${") else [word]
    return line


def test_the_sweep_file_searches_over_what_the_example_of_optuna_does_by_the_same_number():
    assert SWEEP["metric"] == {"name": METRIC, "goal": "maximize"}
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        example = compose("train", ["search=learning"], return_hydra_config=True)
    assert set(SWEEP["parameters"]) == set(example.hydra.sweeper.params)
    assert SWEEP["run_cap"] == example.hydra.sweeper.n_trials


def test_the_line_of_an_agent_composes_to_the_settings_it_chose():
    line = compose_line()
    assert line[:3] == ["/usr/bin/env", "cirrhosis", "train"]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("train", line[3:], return_hydra_config=True)
    assert config.fold == "all"
    assert (config.optimizer.lr, config.model.dropout) == (0.0012, 0.25)
    assert config.augmentation.rotation_probability == 0
    assert config.logger.mode == "online"
    assert config.hydra.callbacks.agent._target_.endswith("AgentTrial")


def test_what_an_agent_says_is_taken_once():
    environment = AGENT | {"HOME": "/h"}
    assert take(environment) == AGENT
    assert environment == {"HOME": "/h"}
    assert take(environment) == {}


@pytest.mark.slow
def test_an_agent_sees_one_run_with_the_mean_and_five_folds_stay_their_own(tmp_path):
    root = make_root(tmp_path / "root")
    words = [
        *(f"preparation.intensities.image_size={SIZE}", "name=made", "model=small", "threads=1"),
        *("protocol.minimum_stopping=5", "trainer.max_epochs=1", "logger.mode=offline"),
        "sequences=t1",
    ]
    line = [sys.executable, "-m", "cirrhosis.commands", *compose_line()[2:], *words]
    environment = os.environ | AGENT | {"CIRRHOSIS_ROOT": str(root)}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    runs = [read_records(path) for path in root.rglob("*.wandb")]
    trials = [records for records in runs if records.run.sweep_id]
    assert len(runs) == 6
    assert [(trial.run.run_id, trial.run.sweep_id) for trial in trials] == [("trial1", "sweep1")]
    mean = float(done.stdout.split(METRIC)[1].split()[0])
    assert trials[0].steps[0][METRIC] == pytest.approx(mean, abs=1e-4)
    assert trials[0].exit_code == 0
    assert len({records.run.run_id for records in runs}) == 6


@pytest.mark.slow
def test_a_trial_by_held_out_rows_fails_before_it_is_trained(tmp_path):
    root = make_root(tmp_path / "root")
    line = [sys.executable, "-m", "cirrhosis.commands", *compose_line()[2:], "name=made"]
    environment = os.environ | AGENT | {"CIRRHOSIS_ROOT": str(root)}
    done = subprocess.run(
        [*line, "protocol=paper"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "they would choose the settings" in done.stderr
    assert not (root / "runs").exists()
