"""Notebooks hold no output and run on the results of the road."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from cirrhosis.contracts.files import write_json, write_table

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_holds_no_output(path):
    cells = nbformat.read(path, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_its_own_folder(path, tmp_path):
    results = tmp_path / "outputs/results/demo/default"
    columns = ["model", "split", "n", "auroc", "auroc_low", "auroc_high", "auroc_method"]
    row = dict.fromkeys(columns, 1) | {"sequences": "t1", "chosen": True}
    for name in ("combinations.csv", "table2.csv"):
        write_table(pd.DataFrame([row]), results / name)
    words = ("protocol", "rule", "code_version")
    write_json(dict.fromkeys(words, "x") | {"synthetic": True}, results / "provenance.json")
    (tmp_path / "notebooks").mkdir()
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, resources={"metadata": {"path": tmp_path / "notebooks"}})
    executed = client.execute()
    printed = "".join(
        output.get("text", "") for cell in executed.cells for output in cell.get("outputs", [])
    )
    assert "SYNTHETIC" in printed
