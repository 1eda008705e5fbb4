"""The segmentation experiment's folders and its question about slices."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.volume import LiverMask
from cirrhosis.imaging.geometry import like
from tests.imaging.made_volumes import grid

FOLDER = Path(__file__).parents[2] / "experiments" / "segmentation"


@pytest.fixture(scope="module")
def cases():
    return load("cases")


@pytest.fixture(scope="module")
def experiment(cases):
    return load("run")


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    # The script finds its neighbour by this name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        if name != "cases":
            del sys.modules[name]
    return module


def folder_of(path, n):
    for number in range(n):
        (path / f"image_{number}.nii.gz").touch()
        (path / f"label_{number}.nii.gz").touch()
    (path / "README.md").touch()
    return path


def test_folds_part_all_volumes_and_the_split_is_one_that_the_product_takes(cases, tmp_path):
    found = cases.list_cases(folder_of(tmp_path, 14))
    folds = cases.draw_folds(found, 5, seed=1)
    assert sorted(np.bincount(list(folds.values()))) == [2, 3, 3, 3, 3]
    cases.write_cohort_of(found, folds, "t2", tmp_path / "cohort", tmp_path / "made.csv")
    table = read_splits(tmp_path / "made.csv").table
    assert dict(zip(table["patient_id"], table["fold"], strict=True)) == folds


def test_an_image_without_labels_and_too_few_volumes_end_the_program(cases, tmp_path):
    found = cases.list_cases(folder_of(tmp_path, 5))
    with pytest.raises(SystemExit, match="two volumes per fold"):
        cases.draw_folds(found, 5, seed=1)
    (tmp_path / "label_3.nii.gz").unlink()
    with pytest.raises(SystemExit, match="label_3"):
        cases.list_cases(tmp_path)


def mask(first, last):
    array = np.zeros(grid().array.shape, np.uint8)
    array[first : last + 1, 10:30, 10:30] = 1
    array[(first + last) // 2, 10:31, 10:31] = 1
    return LiverMask(like(grid(), array), "made")


@pytest.mark.parametrize(("shift", "n_close"), [(0, 1), (2, 1), (3, 0)])
def test_slices_are_close_if_none_is_off_by_more_than_two(shift, n_close, experiment):
    one = {"name": "P1", "found": mask(3 + shift, 17 + shift), "expert": mask(3, 17)}
    found = experiment.compare_slices([one])
    assert (found["n_close"], found["n_volumes"]) == (n_close, 1)
    assert found["differences"]["P1"] == [shift] * 5
