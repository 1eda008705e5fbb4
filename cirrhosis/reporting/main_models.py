"""The models that figures show; tables show all."""

import pandas as pd

from cirrhosis.reporting.display_names import MODELS

# More lines than these cannot be told apart in grey.
SHOWN = tuple(MODELS)
LEFT_OUT = "Further models stand in the tables."


def select_main_models(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the main models in the order they are shown.

    Where none of them is there, the first seven by name are.
    """
    found = [model for model in SHOWN if model in set(table["model"])]
    names = found or sorted(table["model"].unique())[: len(SHOWN)]
    place = {model: at for at, model in enumerate(names)}
    rows = table[table["model"].isin(names)]
    return rows.assign(_place=rows["model"].map(place)).sort_values(
        "_place", kind="stable", ignore_index=True
    )


def list_models(table: pd.DataFrame) -> list[str]:
    """Return the models of a table in its order."""
    return [str(model) for model in table["model"].drop_duplicates()]


def note_left_out(table: pd.DataFrame) -> str:
    """Return a sentence if `select_main_models` leaves a model out, else nothing."""
    return (
        LEFT_OUT if table["model"].nunique() > len(list_models(select_main_models(table))) else ""
    )
