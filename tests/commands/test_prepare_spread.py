"""Where prepare's patients are worked on, as far as no cluster is needed to see it."""

import os
import shutil
from pathlib import Path

import pytest

from cirrhosis.commands.prepare_shard import Shard, read_numbers, read_outcome
from cirrhosis.commands.prepare_slurm import FOLDER, SlurmSettings, SlurmSpread
from cirrhosis.commands.prepare_spread import choose_spread
from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging import workers
from tests.clusters.spread_tasks import note_and_double, starts


def tasks_in(folder: Path, n: int = 4) -> list[tuple[str, int]]:
    return [(str(folder), number) for number in range(n)]


def test_local_is_the_processes_of_this_machine(tmp_path):
    assert choose_spread({"kind": "local"}, tmp_path) is workers.spread


def test_an_unknown_kind_and_an_unknown_setting_are_refused(tmp_path):
    with pytest.raises(ContractError, match="local, ray, slurm, but got 'cloud'"):
        choose_spread({"kind": "cloud"}, tmp_path)
    with pytest.raises(ContractError, match="'partitions' is not one of them"):
        choose_spread({"kind": "slurm", "partitions": "x"}, tmp_path)


def test_a_shard_leaves_an_outcome_per_task_and_goes_on_where_it_was(tmp_path):
    folder = tmp_path / "outcomes"
    folder.mkdir()
    tasks = dict(enumerate(tasks_in(tmp_path)))
    shard = Shard(note_and_double, folder, 1)
    shard({number: tasks[number] for number in (0, 2)})
    assert read_numbers(folder) == {0, 2}
    shard(tasks)
    assert {number: read_outcome(folder, number) for number in range(4)} == {0: 0, 1: 2, 2: 4, 3: 6}
    assert [starts(task) for task in tasks.values()] == [1, 1, 1, 1]
    again = shard.checkpoint(tasks)
    assert again.function is shard
    assert again.args == (tasks,)


def test_a_shard_for_which_nobody_waits_any_more_ends(tmp_path):
    tasks = dict(enumerate(tasks_in(tmp_path)))
    Shard(note_and_double, tmp_path / "removed", 1)(tasks)
    assert [starts(task) for task in tasks.values()] == [1, 0, 0, 0]
    assert not (tmp_path / "removed").exists()


def test_without_slurm_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    spread = SlurmSpread(SlurmSettings(), tmp_path)
    with pytest.raises(ContractError, match="distribution=local"):
        list(spread(note_and_double, tasks_in(tmp_path), n_workers=1))


def test_jobs_of_a_killed_command_are_taken_out_of_the_queue(tmp_path, monkeypatch):
    leftover = tmp_path / FOLDER / "abc"
    leftover.mkdir(parents=True)
    (leftover / "jobs.txt").write_text("17 18")
    programs = tmp_path / "bin"
    programs.mkdir()
    write_program(programs / "scancel", f'echo "$@" >> {tmp_path}/cancelled')
    write_program(programs / "sbatch", "echo no >&2; exit 1")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    spread = SlurmSpread(SlurmSettings(), tmp_path)
    with pytest.raises(Exception, match="no"):
        list(spread(note_and_double, tasks_in(tmp_path), n_workers=1))
    assert (tmp_path / "cancelled").read_text() == "--name=cirrhosis-prepare 17 18\n"
    assert not leftover.exists()


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!{shutil.which('sh')}\n{body}\n")
    path.chmod(0o755)


def test_nothing_to_do_asks_no_queue(tmp_path, monkeypatch):
    write_program(tmp_path / "sbatch", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(SlurmSpread(SlurmSettings(), tmp_path)(note_and_double, [], n_workers=1)) == []
    assert not (tmp_path / FOLDER).exists()
