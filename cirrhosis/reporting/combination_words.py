"""The comparison of sequence combinations in words, for a reader who sees it for the first time."""

from typing import Any

import pandas as pd

from cirrhosis.reporting.number_text import (
    format_count,
    format_estimate,
    format_number,
    format_percent,
    is_missing,
    is_true,
)
from cirrhosis.reporting.section import Card
from cirrhosis.reporting.table_view import list_rows
from cirrhosis.reporting.wording import INFERENCE, describe_rule

SEQUENCES = {
    "t1": "T1-weighted before contrast",
    "t2": "T2-weighted",
    "pvp": "portal venous phase, which needs a contrast agent",
}
STATES = {
    "n_failed": "failed",
    "n_stale": "stale (its process is gone)",
    "n_running": "running",
    "n_pending": "not begun",
}

DataRow = dict[str, Any]


def list_cards(combinations: pd.DataFrame, level: str) -> tuple[Card, ...]:
    """Return the largest area, the choice, how stable it is, and its area without luck."""
    rows = list_rows(combinations.dropna(subset=["auroc"]))
    if not rows:
        return ()
    best = max(rows, key=lambda row: float(row["auroc"]))
    cards = [Card("Largest AUROC", str(best["label"]), _estimate(best, "auroc"))]
    chosen = find_chosen(combinations)
    if chosen is None:
        return tuple(cards)
    cards.append(Card("Chosen by the rule", str(chosen["label"]), _estimate(chosen, "auroc")))
    if not is_missing(chosen.get("chosen_share")):
        words = f"of {format_count(chosen['n_resamples'])} resamples of the patients choose it too"
        cards.append(Card("How stable", f"{format_percent(chosen['chosen_share'])} %", words))
    if not is_missing(chosen.get("auroc_corrected")):
        words = f"its AUROC without the luck of the choice ({level} interval)"
        cards.append(Card("Corrected", _estimate(chosen, "auroc_corrected"), words))
    return tuple(cards)


def describe_comparison(combinations: pd.DataFrame, rule: str) -> tuple[str, ...]:
    """Return what is compared, by which rule one is chosen, and what the choice adds."""
    chosen = find_chosen(combinations)
    words = [_introduce(combinations)]
    if rule:
        words.append(f"Rule of the choice: {describe_rule(rule)}. {_name_choices(combinations)}")
    if chosen is not None and not is_missing(chosen.get("chosen_share")):
        words.append(_describe_luck(chosen))
    return tuple(words if "note" in combinations else [*words, INFERENCE])


def describe_seeds(seeds: pd.DataFrame | None) -> tuple[str, ...]:
    """Return how many seeds stand behind the comparison."""
    if seeds is None or seeds.empty:
        return ()
    if int(seeds["n_seeds"].max()) > 1:
        return ()
    return (
        "One seed was trained: how much areas change from training to training is not known (train"
        " with -m seed=1,2,3).",
    )


def describe_runs(runs: pd.DataFrame | None) -> tuple[str, ...]:
    """Return whether every network of the comparison was trained, and whom it did not see."""
    if runs is None or runs.empty:
        return ()
    total, finished = int(runs["n_folds"].sum()), int(runs["n_finished"].sum())
    words = [f"All {total} networks are trained."]
    if finished < total:
        gaps = "; ".join(_describe_gap(row) for row in list_rows(runs[_is_unfinished(runs)]))
        words = [
            f"Not complete: {finished} of {total} networks are trained, and combinations without"
            f" all folds are compared on fewer patients. {gaps}."
        ]
    left_out = runs["n_left_out"]
    if left_out.max() > 0:
        counts = (
            f"{int(left_out.max())} training patients lack a sequence and are left out"
            if left_out.nunique() == 1
            else "Training patients who lack a sequence are left out, and not the same ones in"
            " every combination, which may explain differences: "
            + ", ".join(
                f"{row['sequences']} {int(row['n_left_out'])}"
                for row in list_rows(runs.drop_duplicates("sequences"))
            )
        )
        words.append(f"{counts}.")
    return tuple(words)


def find_chosen(combinations: pd.DataFrame) -> DataRow | None:
    """Return the row that the deciding rule chose."""
    chosen = [row for row in list_rows(combinations) if is_true(row["chosen"])]
    return chosen[0] if chosen else None


def _introduce(combinations: pd.DataFrame) -> str:
    used = sorted({part for name in combinations["sequences"] for part in str(name).split("+")})
    named = "; ".join(f"{name}: {SEQUENCES[name]}" for name in used if name in SEQUENCES)
    counts = combinations["n"].dropna().astype(int) if "n" in combinations else pd.Series([])
    patients = ""
    if len(counts):
        least, most = counts.min(), counts.max()
        patients = f" {least}" if least == most else f" {least} to {most}"
    explained = f" ({named})" if named else ""
    return (
        f"Each row is the same network, trained on other MRI sequences{explained}."
        f" Each of the{patients} training patients was scored by a network that had not seen him"
        " or her. AUROC is the chance that a patient with cirrhosis scores higher than one"
        " without: 0.5 is a coin toss, 1 is perfect."
    )


def _name_choices(combinations: pd.DataFrame) -> str:
    prefix = "chosen_by_"
    by_choice: dict[str, list[str]] = {}
    for column in combinations.columns:
        if str(column).startswith(prefix):
            for row in list_rows(combinations):
                if is_true(row[column]):
                    by_choice.setdefault(str(row["label"]), []).append(column[len(prefix) :])
    if len(by_choice) == 1:
        return f"All rules choose {next(iter(by_choice))}."
    named = [
        f"{' and '.join(rules)} {'choose' if len(rules) > 1 else 'chooses'} {label}"
        for label, rules in by_choice.items()
    ]
    return f"The rules do not agree: {'; '.join(named)}." if named else ""


def _describe_luck(chosen: DataRow) -> str:
    # Shares of equal combinations: the best of 2 (of 7) equal normal values, drawn again around
    # themselves, is the best again in 75 % (48 %).
    words = (
        f"With other patients, drawn from these, the rule chooses {chosen['label']} again in"
        f" {format_percent(chosen['chosen_share'])} % of {format_count(chosen['n_resamples'])}"
        " resamples (among equally good combinations the luckiest one is chosen again in about"
        " 75 % if there are two, 50 % if there are seven)."
    )
    if is_missing(chosen.get("optimism")):
        return words
    return (
        f"{words} Choosing and measuring on the same patients flatters the chosen area by about"
        f" {format_number(chosen['optimism'])}; corrected it is"
        f" {_estimate(chosen, 'auroc_corrected')}{_compare_outside(chosen)}. This covers the"
        " choice only: networks were not trained anew."
    )


def _compare_outside(chosen: DataRow) -> str:
    outside = chosen.get("auroc_out_of_bag")
    if is_missing(outside):
        return ""
    return (
        f", and {format_number(outside)} if measured on patients who took no part in the choice"
        " (the former is a little high where combinations are equal, the latter a little low"
        " where they differ)"
    )


def _is_unfinished(runs: pd.DataFrame) -> "pd.Series[bool]":
    return runs["n_finished"] < runs["n_folds"]


def _describe_gap(row: DataRow) -> str:
    states = [
        f"{int(row[column])} {word}" for column, word in STATES.items() if int(row[column]) > 0
    ]
    reason = "" if is_missing(row["reason"]) else f" ({row['reason']})"
    return f"{row['sequences']} seed {row['seed']}: {', '.join(states)}{reason}"


def _estimate(row: DataRow, name: str) -> str:
    return format_estimate(row[name], row.get(f"{name}_low"), row.get(f"{name}_high"))
