import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import (
    COLUMNS,
    check_predictions,
    read_predictions,
    write_predictions,
)


def rows():
    base = {
        "experiment": "e",
        "variant": "v",
        "model": "cnn",
        "sequences": "t1",
        "protocol": "nested",
        "seed": 1,
        "score_kind": "probability",
        "y_pred": pd.NA,
    }
    training = [
        base | {"fold": fold, "split": "training", "patient_id": f"P{fold}", "y_true": fold}
        for fold in (0, 1)
    ]
    test = [
        base | {"fold": fold, "split": "external", "patient_id": "T", "y_true": 1}
        for fold in (0, 1)
    ]
    return pd.DataFrame([*training, *test]).assign(y_score=[0.1, 0.9, 0.5, 0.6])[list(COLUMNS)]


def test_round_trip(tmp_path):
    write_predictions(rows(), tmp_path / "p.csv")
    read = read_predictions(tmp_path / "p.csv")
    assert read["y_score"].tolist() == [0.1, 0.9, 0.5, 0.6]
    assert read["y_pred"].isna().all()


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (0, "y_score", 1.5, "'probability' to be in .0, 1.*'P0'"),
        (0, "y_score", np.nan, "y_score"),
        (0, "patient_id", "P1", "one out-of-fold row per training patient"),
        (3, "fold", 0, "one row per test patient, model and fold"),
        (2, "y_true", 0, "expected one y_true per patient"),
        (0, "patient_id", "T", "expected one split per patient"),
        (0, "protocol", "best", "column 'protocol'"),
    ],
)
def test_refuses(row, column, value, message):
    table = rows()
    table.loc[row, column] = value
    with pytest.raises(ContractError, match=message):
        check_predictions(table)


@pytest.mark.parametrize(("kind", "score"), [("call", 0.5), ("score", np.inf)])
def test_refuses_a_score_that_is_not_of_its_kind(kind, score):
    with pytest.raises(ContractError, match=f"kind '{kind}'"):
        check_predictions(rows().assign(score_kind=kind, y_score=[0, 1, 1, score]))


def test_nothing_is_written_when_refused(tmp_path):
    with pytest.raises(ContractError):
        write_predictions(rows().assign(y_score=2.0), tmp_path / "p.csv")
    assert list(tmp_path.iterdir()) == []
