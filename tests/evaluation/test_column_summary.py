"""Columns as words and numbers."""

import pandas as pd

from cirrhosis.evaluation.column_summary import (
    list_levels,
    read_words,
    split_words,
    summarise_numbers,
)


def test_numbers_stand_by_size_before_words():
    assert list_levels(["b", "10", "9", "a", "9", "1.5"]) == ["1.5", "9", "10", "a", "b"]


def test_words_lose_blanks_and_the_decimals_of_whole_numbers():
    column = pd.Series([" HBV ", "4.0", None, "1.5"], dtype="string")
    assert read_words(column).tolist() == ["HBV", "4", "1.5"]
    assert read_words(pd.Series([3.0, 1.5, None])).tolist() == ["3", "1.5"]
    assert read_words(pd.Series([True, False])).tolist() == ["1", "0"]


def test_a_word_twice_in_a_cell_counts_once():
    words = split_words(pd.Series(["hbv; hcv", "hbv;hbv;", "alcohol"], dtype="string"))
    assert words.value_counts().to_dict() == {"hbv": 2, "hcv": 1, "alcohol": 1}


def test_one_value_has_no_spread_and_none_has_nothing():
    assert summarise_numbers(pd.Series([2.0]))["sd"] is None
    assert set(summarise_numbers(pd.Series([], dtype=float)).values()) == {None}
