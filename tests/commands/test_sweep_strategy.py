"""A sweep that would train a run in several processes is refused before a job starts."""

import os
import subprocess
import sys

import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.devices import count_ranks
from cirrhosis.commands.sweep_strategy import refuse_ddp
from cirrhosis.contracts.errors import ContractError

SWEEP = ["sequences=t1,t2", "fold=0,1"]


@pytest.fixture(scope="module")
def hydra():
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        yield


@pytest.mark.parametrize(
    "words",
    [
        ["trainer=ddp"],
        ["trainer.strategy=ddp"],
        ["trainer.strategy=ddp_spawn"],
        ["trainer=default,ddp"],
        ["trainer.strategy=auto,ddp"],
        ["trainer=glob(d*)"],
        ["trainer=choice(default,ddp)"],
        ["experiment=paper,demo", "trainer=ddp"],
    ],
)
def test_several_processes_per_run_are_refused_however_written(hydra, words):
    with pytest.raises(ContractError, match="trainer=default a sweep trains one run per GPU"):
        refuse_ddp("train", [*SWEEP, *words])


def test_an_experiment_that_chooses_it_is_refused(tmp_path, hydra):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment/large.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /trainer: ddp\n"
    )
    where = f"hydra.searchpath=[{tmp_path}]"
    with pytest.raises(ContractError, match="strategy=ddp"):
        refuse_ddp("train", [*SWEEP, where, "experiment=demo,large"])


@pytest.mark.parametrize(
    "words",
    [[], ["trainer=default"], ["trainer.max_epochs=1,2"], ["model=small,resnet18"]],
)
def test_one_process_per_run_is_not(hydra, words):
    refuse_ddp("train", [*SWEEP, *words])


@pytest.mark.parametrize("words", [["-m"], ["hydra.mode=MULTIRUN"]])
def test_the_console_script_refuses_with_advice(tmp_path, words):
    process = subprocess.run(
        [sys.executable, "-m", "cirrhosis.commands", "train", *words, *SWEEP, "trainer=ddp"],
        env=os.environ | {"CIRRHOSIS_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert "one process per run in a sweep" in process.stderr
    assert "trainer=default" in process.stderr
    assert "Traceback" not in process.stderr
    assert "Launching" not in process.stdout
    # Nothing began.
    assert not list(tmp_path.iterdir())


def trainer(*words):
    return dict(compose("train", ["sequences=t1", "fold=0", *words]).trainer)


@pytest.mark.parametrize(
    ("words", "n_ranks"),
    [
        ([], 1),
        (["trainer=ddp", "trainer.devices=1"], 1),
        (["trainer=ddp", "trainer.accelerator=cpu", "trainer.sync_batchnorm=false"], 1),
        (["trainer.strategy=ddp", "trainer.accelerator=cpu", "trainer.devices=3"], 3),
    ],
)
def test_ranks_are_counted(hydra, words, n_ranks):
    assert count_ranks(trainer(*words)) == n_ranks


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trainer.strategy=ddp_spawn"], "one of auto, ddp"),
        (["trainer.devices=2", "trainer.accelerator=cpu"], "use trainer=ddp"),
        (["trainer=ddp", "trainer.devices=99"], "torch sees"),
        (["trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2"], "sync_batchnorm=false"),
    ],
)
def test_devices_that_do_not_fit_are_named(hydra, words, message):
    with pytest.raises(ContractError, match=message):
        count_ranks(trainer(*words))
