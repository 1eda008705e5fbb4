"""What is said of an experiment's runs, and what it costs to say it."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from cirrhosis.contracts.run import RunStatus, run_folder, write_pending, write_status
from cirrhosis.contracts.sequences import subsets
from cirrhosis.runs.claim import Owner, take
from cirrhosis.runs.overview import read_overview
from cirrhosis.runs.overview_table import Page, describe_overview

TAKEOVER = 300


def make(root, sequences="t1", fold="0", *, variant="v", seed=1, **status):
    run = run_folder(
        root, experiment="e", task="t", variant=variant, sequences=sequences, seed=seed, fold=fold
    )
    if status:
        write_status(RunStatus(**{"fingerprint": "f", "identity": {"a": 1}} | status), run.status)
    else:
        write_pending(run)
    return run


def ago(seconds):
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds")


def running(started=60, heartbeat=0):
    return {
        "state": "running",
        "owner": "node1:7",
        "started": ago(started),
        "heartbeat": ago(heartbeat),
    }


def states(root):
    overview = read_overview(root / "e" / "t", takeover_seconds=TAKEOVER)
    return {f"{run.sequences} {run.fold}": run.state for run in overview.runs}


def claim_of(run, *, age=0.0, **owner):
    run.lock.write_text(json.dumps(Owner.this_process().__dict__ | owner))
    moment = time.time() - age
    os.utime(run.lock, (moment, moment))


def test_a_run_is_stale_when_nobody_alive_holds_it(tmp_path):
    claim_of(make(tmp_path, fold="0", **running()))
    claim_of(make(tmp_path, fold="1", **running()), process=2**22 + 1)
    claim_of(make(tmp_path, fold="2", **running()), host="other", age=TAKEOVER - 9)
    claim_of(make(tmp_path, fold="3", **running()), host="other", age=TAKEOVER + 9)
    make(tmp_path, fold="4", **running())
    found = states(tmp_path)
    assert [found[f"t1 {fold}"] for fold in range(5)] == [
        "running",
        "stale",
        "running",
        "stale",
        "stale",
    ]


def test_folders_that_are_no_runs_are_passed_over(tmp_path):
    run = make(tmp_path, state="finished")
    (run.folder / "wandb" / "seed-1" / "fold-0").mkdir(parents=True)
    (run.folder.parent / "fold-old").mkdir()
    # Not begun, and without a word: the folder alone says that it was wanted.
    (run.folder.parent / "fold-1").mkdir()
    (run.folder.parent / "fold-2").mkdir()
    (run.folder.parent / "fold-2" / "status.json").write_text("{")
    assert states(tmp_path) == {"t1 0": "finished", "t1 1": "pending", "t1 2": "failed"}


def test_time_left_counts_living_processes_and_what_they_have_done(tmp_path):
    for fold in "01":
        make(tmp_path, fold=fold, state="finished", seconds=100.0)
    claim_of(make(tmp_path, fold="2", **running(started=40)))
    claim_of(make(tmp_path, fold="3", **running(started=900) | {"owner": "node2:8"}))
    make(tmp_path, fold="4")
    overview = read_overview(tmp_path / "e" / "t", takeover_seconds=TAKEOVER)
    assert (overview.n_left, overview.n_owners) == (3, 2)
    # One whole run and sixty seconds of another; the third takes longer than runs did so far.
    assert overview.seconds_left == pytest.approx(160, abs=3)


@pytest.fixture
def ablation(tmp_path):
    """Seven combinations of five folds, as they stand in the middle of a sweep."""
    for number, sequences in enumerate(subsets(["t1", "t2", "pvp"])):
        for fold in range(5):
            done = {"state": "finished", "best": 0.8 + number / 100, "seconds": 90.0}
            make(tmp_path, sequences, str(fold), **done if number < 6 else {})
    claim_of(make(tmp_path, "pvp+t1+t2", "0", **running(started=300, heartbeat=240)))
    make(tmp_path, "pvp+t1+t2", "1", **running())
    reason = "ContractError of the data"
    for fold in "23":
        run = make(tmp_path, "pvp+t1+t2", fold, state="failed", reason=reason)
        run.log.write_text("long ago\n\nTraceback\n  in line 3\nContractError of the data\n")
    return tmp_path


def describe(root, width=100, **page):
    overview = read_overview(root / "e" / "t", takeover_seconds=TAKEOVER)
    return describe_overview(overview, Page(width, **page), log_lines=2)


def test_the_table_reads_at_a_glance(ablation):
    lines = describe(ablation).splitlines()
    assert lines[:2] == [
        "variant v, seed 1",
        "  sequences   fold 0   fold 1   fold 2   fold 3   fold 4    mean  minutes  left",
    ]
    assert lines[2] == "  pvp          0.800    0.800    0.800    0.800    0.800   0.800      7.5"
    assert lines[8].split() == ["pvp+t1+t2", "running", "stale", "failed", "failed", "pending", "5"]
    assert "35 runs: 30 finished, 1 running, 1 stale, 2 failed, 1 pending; 5 left, about 6 min" in (
        "\n".join(lines)
    )
    assert max(map(len, lines[:9])) <= 80


def test_what_is_amiss_is_said_once_with_the_end_of_the_log(ablation):
    text = describe(ablation)
    assert "running:\n  node1:7, last batch 4 min ago\n    v pvp+t1+t2 seed 1 fold 0" in text
    assert re.search(r"goes on with them\):\n  node1:7, last batch \d+ s ago\n", text)
    assert text.count("  ContractError of the data\n    v pvp+t1+t2 seed 1 fold 2: ") == 1
    assert text.count("in line 3") == 1
    assert "long ago" not in text
    assert text.count("run.log") == 2


def test_a_narrow_terminal_gets_the_folds_in_several_rows(ablation):
    lines = describe(ablation, width=60).splitlines()
    table = lines[: lines.index("")]
    assert max(map(len, table)) <= 60
    assert [line.split()[1:3] for line in table if "sequences" in line] == [
        ["fold", "0"],
        ["fold", "3"],
    ]
    assert sum("minutes" in line for line in table) == 1


def test_colours_are_only_added(ablation):
    coloured = describe(ablation, coloured=True)
    assert "\033[31mfailed\033[0m" in coloured
    plain = describe(ablation)
    assert "\033" not in plain
    assert len(plain.splitlines()) == len(coloured.splitlines())


def test_variants_seeds_and_pairs_have_tables_of_their_own(tmp_path):
    for words in ({"seed": 2}, {"seed": 10}, {"variant": "w"}, {"fold": "0-1"}, {"fold": "10"}):
        make(tmp_path, **words)
    titles = [line for line in describe(tmp_path).splitlines() if line.startswith("variant")]
    assert titles == [
        "variant v, seed 1",
        "variant v, seed 1, two folds held out",
        "variant v, seed 2",
        "variant v, seed 10",
        "variant w, seed 1",
    ]


def test_a_variant_is_told_by_the_settings_in_which_it_differs(tmp_path):
    for variant, rate in (("v1", 0.1), ("v2", 0.2)):
        for fold in "01":
            config = {"optimizer": {"lr": rate, "eps": 1}, "fold": int(fold)}
            make(
                tmp_path, variant=variant, fold=fold, state="finished", identity={"config": config}
            )
    make(tmp_path, variant="v3")
    text = describe(tmp_path)
    assert "variant v1 (optimizer.lr=0.1), seed 1\n" in text
    assert "variant v2 (optimizer.lr=0.2), seed 1\n" in text
    assert "variant v3, seed 1\n" in text


def test_an_overview_loads_nothing_heavy():
    code = (
        "import sys, cirrhosis.runs.overview_table\n"
        "sys.exit(bool({'torch', 'numpy', 'pandas', 'hydra'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_of_a_thousand_runs_each_file_is_read_once(tmp_path, monkeypatch):
    for seed in range(40):
        for fold in range(25):
            make(tmp_path, fold=str(fold), seed=seed)
    read = []
    monkeypatch.setattr(
        "cirrhosis.runs.overview.read_status", lambda path: read.append(path) and None
    )
    assert len(states(tmp_path)) == 25
    assert len(read) == len(set(read)) == 1000


def test_a_claim_that_is_taken_makes_a_run_run(tmp_path):
    run = make(tmp_path, **running())
    take(run.lock, TAKEOVER)
    assert states(tmp_path) == {"t1 0": "running"}
