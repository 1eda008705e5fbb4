"""R's coding of a column for a model."""

import numpy as np
import pandas as pd


def code_columns(column: pd.Series, terms: list[str] | None = None) -> pd.DataFrame:
    """Code a column as R's model matrix does, without the intercept.

    A column of numbers stays as it is. Words become one 0/1 column per level but the first in
    the alphabet; where R's terms are given, exactly those levels.
    """
    name = str(column.name)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.astype(float).to_frame()
    words = column.map(spell, na_action="ignore")
    levels = sorted(words.dropna().unique(), key=lambda word: (word.lower(), word))[1:]
    if terms is not None:
        levels = [level for level in words.dropna().unique() if f"{name}{level}" in terms]
    coded = {f"{name}{level}": (words == level).astype(float) for level in levels}
    return pd.DataFrame(coded, index=column.index).where(column.notna())


def spell(value: object) -> str:
    """Write a cell as R writes the level of a factor."""
    if isinstance(value, bool | np.bool_):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
