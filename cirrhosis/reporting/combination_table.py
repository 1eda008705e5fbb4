"""Tables of sequence combinations: what each reaches, which rule takes it, spread over seeds."""

import pandas as pd

from cirrhosis.reporting.number_text import (
    ABSENT,
    MINUS,
    format_count,
    format_estimate,
    format_number,
    format_p_value,
    format_percent,
    format_text,
    is_missing,
    is_true,
    write_sentence,
)
from cirrhosis.reporting.row_view import DataRow, Made, number, text, view_rows
from cirrhosis.reporting.table_view import (
    Cell,
    Column,
    Footnotes,
    Row,
    Shown,
    TableView,
    list_rows,
    write_cell,
)

RULE = "chosen_by_"
COMBINATIONS = {
    "n": Shown("n", format_count, True),
    "chosen_share": Shown("Chosen in resamples, %", format_percent, True),
    "within_fold_auroc": Shown("AUROC within folds", format_number, True),
    "sensitivity": Shown("Sens., %", format_percent, True),
    "specificity": Shown("Spec., %", format_percent, True),
    "imbalance": Shown(f"|Sens. {MINUS} spec.|", format_percent, True),
}


def view_combinations(combinations: pd.DataFrame, level: str) -> TableView:
    """Return the combinations with the chosen one marked."""
    present = {
        name: shown
        for name, shown in COMBINATIONS.items()
        if name in combinations and combinations[name].notna().any()
    }
    with_rules = any(str(column).startswith(RULE) for column in combinations)
    with_test = "auroc_difference" in combinations
    rows, notes = [], Footnotes()
    for row in list_rows(combinations):
        is_chosen = is_true(row["chosen"])
        reason = row.get("reason")
        marks = () if is_missing(reason) else (notes.mark(write_sentence(str(reason))),)
        cells = (
            Cell(f"{row['label']}{' (chosen)' if is_chosen else ''}", str(row["label"])),
            write_cell(_estimate(row, "auroc"), row["auroc"], marks, _write_corrected(row)),
            *([Cell(_name_rules(row))] if with_rules else []),
            *(write_cell(shown.write(row[name]), row[name]) for name, shown in present.items()),
            *([_compare(row)] if with_test else []),
        )
        rows.append(Row(cells, is_marked=is_chosen))
    headers = (
        Column("Sequences"),
        Column(f"AUROC ({level} interval)", True),
        *([Column("Chosen by")] if with_rules else []),
        *(Column(shown.title, shown.is_number) for shown in present.values()),
        *([Column("Difference (P not valid)", True)] if with_test else []),
    )
    caption = "Out-of-fold performance of the CNN with each combination of sequences."
    listed = notes.listed()
    if "note" in combinations:
        listed += tuple(
            ("", write_sentence(str(note))) for note in combinations["note"].dropna().unique()
        )
    return TableView(caption, headers, tuple(rows), listed)


def view_seeds(seeds: pd.DataFrame) -> TableView:
    """Return how much the areas change from seed to seed."""
    columns = {
        "Sequences": text("sequences", format_text),
        "Mean AUROC": number("auroc_mean", format_number),
        "SD over seeds": number("auroc_sd", lambda value: format_number(value, 3)),
        "Smallest to largest": _range("auroc"),
        "Within folds, mean": number("within_fold_auroc_mean", format_number),
        "Within folds, SD": number("within_fold_auroc_sd", lambda value: format_number(value, 3)),
        "Largest in": Made(
            lambda row: f"{format_count(row['n_largest'])} of {format_count(row['n_seeds'])}",
            "n_largest",
            is_number=True,
        ),
        "Seeds": text("seeds", format_text),
        "n": number("n", format_count),
    }
    caption = (
        "The same combinations trained again with other seeds, on the same patients and folds:"
        " differences smaller than this spread say nothing."
    )
    return view_rows(seeds, columns, caption)


def _range(name: str) -> Made:
    def write(row: DataRow) -> str:
        low, high = row[f"{name}_min"], row[f"{name}_max"]
        return ABSENT if is_missing(low) else f"{format_number(low)} to {format_number(high)}"

    return Made(write, f"{name}_min", is_number=True)


def _name_rules(row: DataRow) -> str:
    rules = [name[len(RULE) :] for name, value in row.items() if name.startswith(RULE)]
    return ", ".join(rule for rule in rules if is_true(row[f"{RULE}{rule}"]))


def _compare(row: DataRow) -> Cell:
    difference = row["auroc_difference"]
    detail = "" if is_missing(difference) else f"P {format_p_value(row['auroc_p'])}"
    return write_cell(format_number(difference), difference, detail=detail)


def _write_corrected(row: DataRow) -> str:
    if is_missing(row.get("auroc_corrected")):
        return ""
    return f"corrected {_estimate(row, 'auroc_corrected')}"


def _estimate(row: DataRow, name: str) -> str:
    return format_estimate(row[name], row[f"{name}_low"], row[f"{name}_high"])
