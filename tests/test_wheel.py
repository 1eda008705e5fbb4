"""The wheel carries the configuration, and the console script finds it there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_wheel_composes_from_its_own_configuration(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    packed = {str(p.relative_to(tmp_path / "site/cirrhosis/conf")) for p in
              (tmp_path / "site/cirrhosis/conf").rglob("*.yaml")}  # fmt: skip
    assert packed == {str(p.relative_to(ROOT / "conf")) for p in (ROOT / "conf").rglob("*.yaml")}
    line = [sys.executable, "-m", "cirrhosis.commands", "split", "--cfg", "job"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    answer = subprocess.run(
        line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "development_center" in answer.stdout
    # Hydra finds launchers beside the package alone. Here it would find the checkout's, too.
    plugins = "hydra_plugins/cirrhosis_workers"
    assert {path.name for path in (tmp_path / "site" / plugins).iterdir()} == {
        path.name for path in (ROOT / plugins).glob("*.py")
    }
