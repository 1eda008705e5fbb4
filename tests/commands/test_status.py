"""What `cirrhosis status` prints, and with which exit code."""

import json
import subprocess
import sys

import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.status import run, this_page
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunStatus, run_folder, write_pending, write_status


@pytest.fixture
def make(tmp_path):
    def write(fold, variant="v", **status):
        place = run_folder(
            tmp_path / "runs",
            experiment="e",
            task="classification",
            variant=variant,
            sequences="t1",
            seed=1,
            fold=fold,
        )
        write_pending(place)
        if status:
            write_status(RunStatus(fingerprint="f", identity={"a": 1}, **status), place.status)
        return place

    return write


@pytest.fixture
def show(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))

    def call(*words):
        with initialize_config_dir(version_base="1.3", config_dir=CONF):
            config = compose("status", ["name=e", *words])
        try:
            run(config)
        except SystemExit as error:
            return error.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return call


def test_what_is_finished_or_pending_is_no_failure(make, show):
    make("0", state="finished", best=0.75, seconds=60.0)
    make("1")
    code, text = show()
    assert code == 0
    assert "t1           0.750  pending   0.750      1.0     1" in text
    assert "2 runs: 1 finished, 1 pending; 1 left, about 60 s in 1 process" in text


@pytest.mark.parametrize(
    "status", [{"state": "failed", "reason": "why"}, {"state": "running"}], ids=["failed", "stale"]
)
def test_what_failed_or_is_stale_gives_exit_code_one(make, show, status):
    make("0", **status)
    assert show()[0] == 1


def test_failures_come_with_the_last_lines_of_their_log(make, show):
    place = make("0", state="failed", reason="why")
    place.log.write_text("\n".join(f"line {number}" for number in range(9)))
    text = show("log_lines=2")[1]
    assert "why" in text
    assert str(place.log) in text
    assert text.count("line 8") == 1
    assert "line 6" not in text


def test_json_holds_every_run_in_full(make, show):
    place = make("0", state="failed", reason="why", owner="node1:7")
    place.log.write_text("last words")
    make("1-3", state="finished", best=0.5, seconds=3.0)
    code, text = show("format=json")
    content = json.loads(text)
    assert code == 1
    assert content["counts"]["failed"] == content["n_left"] == 1
    failed, finished = content["runs"]
    assert (failed["reason"], failed["log_end"]) == ("why", ["last words"])
    assert failed["folder"] == str(place.folder)
    assert (finished["fold"], finished["best"]) == ("1-3", 0.5)


def test_one_variant_can_be_asked_for(make, show):
    make("0", variant="v")
    make("0", variant="w")
    assert "variant v, seed 1" in show()[1]
    assert "variant v" not in show("variant=w")[1]


def test_mistakes_are_named(make, show):
    with pytest.raises(ContractError, match="but there are none; name the experiment"):
        show()
    make("0")
    with pytest.raises(ContractError, match="expected format to be one of table, json"):
        show("format=xml")


def test_colours_need_a_terminal_and_nobody_who_forbids_them(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert this_page().coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert not this_page().coloured


def test_the_command_loads_nothing_heavy(make, tmp_path):
    make("0")
    code = (
        "import sys; from cirrhosis.commands.cli import main\n"
        "sys.argv = ['cirrhosis', 'status', 'name=e']\n"
        "main()\n"
        "heavy = {'torch', 'pandas', 'numpy', 'sklearn', 'wandb'} & set(sys.modules)\n"
        "print(heavy); sys.exit(bool(heavy))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"CIRRHOSIS_ROOT": str(tmp_path)},
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr
    assert "1 runs: 1 pending" in answer.stdout
