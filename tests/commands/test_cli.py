"""The console script answers at once and names mistakes."""

import subprocess
import sys

import pytest

from cirrhosis.commands.cli import COMMANDS


def call(*words):
    return subprocess.run(
        [sys.executable, "-m", "cirrhosis.commands", *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_loads_no_hydra():
    code = (
        "import sys; sys.argv = ['cirrhosis', '--help']\n"
        "from cirrhosis.commands.cli import main; main()\n"
        "heavy = {'hydra', 'torch', 'pandas', 'numpy'} & set(sys.modules); sys.exit(bool(heavy))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout
    assert all(f"  {name}" in answer.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_loads_no_torch(command):
    code = (
        "import sys; from cirrhosis.commands.cli import main\n"
        f"sys.argv = ['cirrhosis', {command!r}, '--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'sklearn', 'SimpleITK'} & set(sys.modules)\n"
        "print(heavy); sys.exit(bool(heavy))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr
    assert "seed" in answer.stdout


def test_version_is_one_line():
    assert call("--version").stdout.count("\n") == 1


def test_unknown_command_is_named_with_the_known_ones():
    answer = call("trian")
    assert answer.returncode == 1
    assert "expected one of the commands phantom, import, split" in answer.stderr
    assert "'trian'" in answer.stderr


def test_absent_cohort_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    answer = call("split", "cohort=none")
    assert answer.returncode == 1
    assert "patients.csv, but there is none" in answer.stderr
    assert "Traceback" not in answer.stderr
