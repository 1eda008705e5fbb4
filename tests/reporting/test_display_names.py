"""Labels and order of rows."""

import pandas as pd

from cirrhosis.reporting.display_names import label_rows, name_method, order_splits
from cirrhosis.reporting.reasons import read_reasons


def test_known_models_and_splits_come_first_in_their_order() -> None:
    table = pd.DataFrame(
        {"model": ["apri", "new", "combined"] * 2, "split": ["external"] * 3 + ["training"] * 3}
    )
    labelled = label_rows(table)
    assert labelled["label"].tolist() == ["Combined", "APRI", "new"] * 2
    assert labelled["split"].tolist() == ["training"] * 3 + ["external"] * 3
    assert order_splits(table["split"]) == ["training", "external"]


def test_rows_of_one_model_are_told_apart_by_what_differs() -> None:
    table = pd.DataFrame({"model": "cnn", "split": "external", "seed": [1, 2], "variant": "a"})
    assert label_rows(table)["label"].tolist() == ["CNN, seed 1", "CNN, seed 2"]


def test_methods_keep_what_follows_their_name() -> None:
    assert name_method("delong, of a call") == "DeLong (of a call)"
    assert name_method("mid_p") == "mid p"


def test_reasons_are_told_apart_by_the_number_they_belong_to() -> None:
    text = "as a whole; auroc: one class; is absent; ppv_p: no pairs; auroc: again"
    assert read_reasons(text) == {
        "": "as a whole",
        "auroc": "one class; is absent; again",
        "ppv_p": "no pairs",
    }
    assert read_reasons(None) == {}
