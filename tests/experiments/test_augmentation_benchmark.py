"""The benchmark of the augmentations runs, and notices who does not do the work."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "experiments" / "throughput"
NAMES = {"ours", "monai", "torchio", "kornia", "batchgeneratorsv2", "copy"}


def test_every_library_does_the_work_and_is_timed(tmp_path):
    files = {"--json": tmp_path / "speeds.json", "--detail": tmp_path / "detail.json"}
    words = [str(word) for pair in files.items() for word in pair]
    line = [sys.executable, str(FOLDER / "augmentation.py"), *words]
    tiny = ["--size", "32", "--batch", "2", "--rounds", "1", "--threads", "1"]
    answer = subprocess.run([*line, *tiny], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    speeds = json.loads(files["--json"].read_text())
    assert set(speeds) == NAMES
    assert all(speed > 0 for speed in speeds.values())
    detail = json.loads(files["--detail"].read_text())
    assert {"monai_lazy", "ours.per_slice"} <= set(detail["speeds"])
    # Of the forms that its documentation shows; threads and fused movements stand beside them.
    forms = [detail["speeds"][name]["median"] for name in ("monai", "monai_lazy")]
    assert speeds["monai"] == max(forms)
    assert detail["environment"]["versions"]["torchio"]


@pytest.fixture
def contenders(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("augmentation_contenders")


@pytest.mark.slow
def test_who_does_not_do_the_work_is_found_out(contenders):
    example = contenders.make_example(2, 32)

    def check(images, masks):
        one = contenders.Contender("idle", contenders._copy)
        contenders.check_work(one, example, contenders._split(images, masks))

    moved = example.images.flip(-1), example.masks.flip(-1)
    check(*moved)
    with pytest.raises(ValueError, match="as it went in"):
        check(example.images, moved[1])
    with pytest.raises(ValueError, match="no mask has moved"):
        check(moved[0], example.masks)
    with pytest.raises(ValueError, match="no longer 0 and 1"):
        check(moved[0], moved[1] * 0.5)
    with pytest.raises(ValueError, match="another shape"):
        check(moved[0][..., 1:], moved[1])
    assert torch.equal(example.images, contenders.make_example(2, 32).images)
