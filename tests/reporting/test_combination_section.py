"""The section that compares combinations: its table, and its words for a first reader."""

import pandas as pd

from cirrhosis.reporting.combination_table import view_combinations, view_seeds
from cirrhosis.reporting.combination_words import (
    describe_comparison,
    describe_runs,
    describe_seeds,
    list_cards,
)
from cirrhosis.reporting.display_names import label_combinations
from cirrhosis.reporting.number_text import DASH, MINUS
from tests.reporting.complete_results import make_runs

COMPARED = label_combinations(
    pd.DataFrame(
        {
            "sequences": ["t1+t2", "t2"],
            "n": [60, 60],
            "auroc": [0.84, 0.80],
            "auroc_low": [0.74, 0.70],
            "auroc_high": [0.94, 0.90],
            "auroc_difference": [None, -0.04],
            "auroc_p": [None, 0.3],
            "chosen": [False, True],
            "rule": "parsimony",
            "chosen_by_auroc": [True, False],
            "chosen_by_article": [True, False],
            "chosen_by_parsimony": [False, True],
            "chosen_share": [0.3, 0.7],
            "n_resamples": 2000,
            "optimism": [None, 0.02],
            "auroc_corrected": [None, 0.78],
            "auroc_corrected_low": [None, 0.68],
            "auroc_corrected_high": [None, 0.88],
            "auroc_out_of_bag": [None, 0.77],
            "note": "no valid inference",
        }
    )
)


def test_the_chosen_row_alone_is_marked_whatever_the_spelling() -> None:
    table = pd.DataFrame(
        {
            "sequences": ["t1", "t2"],
            "auroc": [0.7, None],
            "auroc_low": [0.6, None],
            "auroc_high": [0.8, None],
            "chosen": ["False", "true"],
            "reason": [None, "one class is absent"],
            "note": "no valid inference",
            "unknown": 1,
        }
    )
    view = view_combinations(label_combinations(table), "95 %")
    assert [row.is_marked for row in view.rows] == [False, True]
    assert [row.cells[0].text for row in view.rows] == ["t1", "t2 (chosen)"]
    assert view.rows[1].cells[1].text == "undefined"
    assert view.notes == (("a", "One class is absent."), ("", "No valid inference."))
    assert len(view.columns) == 2


def test_seeds_of_a_combination_are_told_apart() -> None:
    table = pd.DataFrame({"sequences": ["t1", "t1"], "seed": [1, 2], "variant": "a"})
    assert label_combinations(table)["label"].tolist() == ["t1, seed 1", "t1, seed 2"]


def test_rules_difference_and_corrected_area_stand_in_the_row() -> None:
    view = view_combinations(COMPARED, "95 %")
    by_title = [
        dict(zip((column.title for column in view.columns), row.cells, strict=True))
        for row in view.rows
    ]
    assert [row["Chosen by"].text for row in by_title] == ["auroc, article", "parsimony"]
    assert by_title[1]["Difference (P not valid)"].text == f"{MINUS}0.04"
    assert by_title[1]["Difference (P not valid)"].detail == "P 0.30"
    area = by_title[1]["AUROC (95 % interval)"]
    assert area.detail == f"corrected 0.78 (0.68{DASH}0.88)"
    assert by_title[0]["AUROC (95 % interval)"].detail == ""


def test_cards_say_best_choice_stability_and_correction() -> None:
    cards = {card.what: card for card in list_cards(COMPARED, "95 %")}
    assert cards["Largest AUROC"].value == "t1+t2"
    assert cards["Chosen by the rule"].value == "t2"
    assert cards["How stable"].value == "70 %"
    assert cards["Corrected"].value == f"0.78 (0.68{DASH}0.88)"


def test_words_explain_rule_luck_and_what_is_not_corrected() -> None:
    words = " ".join(describe_comparison(COMPARED, "parsimony"))
    assert "60 training patients" in words
    assert "T2-weighted" in words
    assert "portal" not in words
    assert "auroc and article choose t1+t2; parsimony chooses t2" in words
    assert "flatters the chosen area by about 0.02" in words
    assert "networks were not trained anew" in words


def test_an_older_table_has_the_warning_and_no_luck() -> None:
    older = COMPARED[["label", "sequences", "auroc", "auroc_low", "auroc_high", "chosen"]]
    words = " ".join(describe_comparison(older, "auroc"))
    assert "not valid inference" in words
    assert "resamples" not in words
    assert len(list_cards(older, "95 %")) == 2
    assert list_cards(older.assign(auroc=None), "95 %") == ()


def test_what_is_not_trained_is_named_with_its_reason() -> None:
    words = " ".join(describe_runs(make_runs()))
    assert "24 of 25 networks are trained" in words
    assert "t2 seed 1: 1 failed (fold 3: KilledWorker: out of memory)" in words
    assert "3 training patients lack a sequence" in words


def test_complete_runs_and_unequal_patients() -> None:
    complete = make_runs().query("n_failed == 0")
    assert describe_runs(complete.assign(n_left_out=0)) == ("All 20 networks are trained.",)
    unequal = " ".join(describe_runs(complete.assign(n_left_out=[0, 0, 4, 4])))
    assert "not the same ones" in unequal
    assert describe_runs(None) == ()


def test_one_seed_is_said_in_words_and_several_in_a_table() -> None:
    seeds = pd.DataFrame(
        {
            "sequences": ["t1"],
            "seeds": ["1, 2"],
            "n_seeds": [2],
            "n": [60],
            "auroc_mean": [0.8],
            "auroc_sd": [0.0123],
            "auroc_min": [0.79],
            "auroc_max": [0.81],
            "within_fold_auroc_mean": [0.8],
            "within_fold_auroc_sd": [0.01],
            "n_largest": [2],
        }
    )
    texts = [cell.text for cell in view_seeds(seeds).rows[0].cells]
    assert texts == ["t1", "0.80", "0.012", "0.79 to 0.81", "0.80", "0.010", "2 of 2", "1, 2", "60"]
    assert describe_seeds(seeds) == ()
    assert "One seed" in describe_seeds(seeds.assign(n_seeds=1))[0]


def test_a_seed_spread_without_values_shows_a_dash() -> None:
    empty = {name: [None] for name in ("auroc_mean", "auroc_sd", "auroc_min", "auroc_max")}
    more = {"within_fold_auroc_mean": [None], "within_fold_auroc_sd": [None]}
    table = pd.DataFrame(
        {"sequences": ["t1"], "seeds": ["1"], "n_seeds": [1], "n": [3], "n_largest": [0]}
        | empty
        | more
    )
    assert view_seeds(table).rows[0].cells[3].text == DASH
