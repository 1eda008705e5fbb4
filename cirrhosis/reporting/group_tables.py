"""Views of subgroups, centres, stages, other labels, and errors."""

import pandas as pd

from cirrhosis.reporting.display_names import name_rows
from cirrhosis.reporting.main_models import select_main_models
from cirrhosis.reporting.number_text import (
    DASH,
    format_count,
    format_number,
    format_percent,
    format_text,
    format_words,
    is_missing,
)
from cirrhosis.reporting.row_view import (
    MODEL,
    DataRow,
    Made,
    estimate,
    number,
    p_value,
    text,
    view_rows,
)
from cirrhosis.reporting.table_view import TableView
from cirrhosis.reporting.variable_names import name_level, name_variable

COUNTS = {"n": number("n", format_count), "Positive": number("n_positive", format_count)}
RATES = {
    "Sensitivity, %": estimate("sensitivity", percent=True),
    "Specificity, %": estimate("specificity", percent=True),
}


def view_interactions(interactions: pd.DataFrame) -> TableView:
    """Return whether areas and slopes differ between the levels of each variable."""
    columns = MODEL | {
        "Variable": text("variable", name_variable),
        "Levels": text("levels", format_text),
        "P, areas": p_value("auroc_p"),
        "P, Holm": p_value("auroc_p_holm"),
        "P, Benjamini-Hochberg": p_value("auroc_p_benjamini_hochberg"),
        "Test": text("auroc_p_method", format_words),
        "P, slopes": p_value("slope_p"),
        "P, slopes, Holm": p_value("slope_p_holm"),
    }
    caption = "Do areas or slopes differ between levels? Exploratory, whatever the P value."
    return view_rows(interactions, columns, caption, group_by="split")


def view_centers(centers: pd.DataFrame) -> TableView:
    """Return each centre by itself."""
    columns = (
        MODEL
        | {"Centre": text("center", format_text), "Unseen": text("center_unseen", format_text)}
        | COUNTS
        | {"AUROC": estimate("auroc"), **RATES}
        | {
            "O:E": estimate("observed_to_expected"),
            "Calibration slope": estimate("calibration_slope"),
        }
    )
    return view_rows(centers, columns, "Each centre by itself.", group_by="split")


def view_heterogeneity(heterogeneity: pd.DataFrame) -> TableView:
    """Return how much centres differ beyond chance."""
    columns = MODEL | {
        "Measure": text("measure", format_words),
        "Centres": number("n_centers", format_count),
        "Q": number("q", format_number),
        "P": p_value("p"),
        "I², %": number("i_squared", format_percent),
        "Pooled": estimate("pooled"),
        "Prediction interval": Made(_write_prediction, "prediction_low"),
    }
    return view_rows(heterogeneity, columns, "Spread between centres.", group_by="split")


def view_stages(stages: pd.DataFrame) -> TableView:
    """Return scores and calls by METAVIR-equivalent stage."""
    rows = select_main_models(stages[stages["stage_kind"] == "metavir_equivalent"])
    columns = (
        MODEL
        | {"Stage": text("stage", format_text)}
        | COUNTS
        | {
            "Score, median": estimate("median", ends=("q1", "q3")),
            "Called positive, %": estimate("called_positive", percent=True),
        }
    )
    caption = "Scores (quartiles) and calls by METAVIR-equivalent stage."
    return view_rows(rows, columns, caption, group_by="model")


def view_stage_contrasts(contrasts: pd.DataFrame) -> TableView:
    """Return single stages against each other."""
    columns = MODEL | {
        "Question": text("question", format_words),
        "Stage": text("stage", format_text),
        "Against": text("against", format_text),
        "n": number("n", format_count),
        "Value": estimate("value", ends=("low", "high")),
        "P": p_value("p"),
        "Method": text("method", format_words),
    }
    caption = "Stages against each other, such as cirrhosis against the stage below alone."
    return view_rows(select_main_models(contrasts), columns, caption, group_by="model")


def view_label_cut_offs(cut_offs: pd.DataFrame) -> TableView:
    """Return the same scores judged by other labels."""
    columns = (
        MODEL
        | {"Label": text("label", format_words)}
        | COUNTS
        | {"AUROC": estimate("auroc"), **RATES}
    )
    caption = "The same scores and thresholds judged by other labels; nothing was fitted again."
    return view_rows(select_main_models(cut_offs), columns, caption, group_by="model")


def view_error_groups(differences: pd.DataFrame) -> TableView:
    """Return how wrong calls differ from right ones of the same class (Table S7)."""
    columns = {
        "Rows": text("split", name_rows),
        "Error": text("error", format_words),
        "Against": text("compared_with", format_words),
        "Variable": text("column", name_variable),
        "Value": text("level", _level),
        "Wrong": Made(lambda row: _summarise(row, "wrong"), "n_wrong"),
        "Right": Made(lambda row: _summarise(row, "right"), "n_right"),
        "P": p_value("p"),
    }
    caption = "Wrong calls against right ones (Table S7): exploratory, not adjusted."
    return view_rows(differences, columns, caption, group_by="error")


def view_errors(misclassified: pd.DataFrame) -> TableView:
    """Return whom the main model gets wrong; all their columns stand in the CSV."""
    columns = {
        "Patient": text("patient_id", format_text),
        "Rows": text("split", name_rows),
        "Error": text("error", format_words),
        "Score": number("y_score", format_number),
        "Threshold": number("threshold", format_number),
        "Stage": text("fibrosis_stage", format_text),
        "Aetiology": text("etiology", format_text),
        "Platelets": number("platelets_e9_per_l", format_count),
        "FIB-4": number("score_fib4", format_number),
        "CNN": number("score_cnn", format_number),
        "Reader 1": text("call_reader_1", _call),
        "Reader 2": text("call_reader_2", _call),
    }
    present = {title: made for title, made in columns.items() if made.sort_by in misclassified}
    tests = misclassified[misclassified["split"] != "training"]
    caption = "Patients of the test splits whom the main model gets wrong."
    return view_rows(tests, present, caption, group_by="error")


def _summarise(row: DataRow, side: str) -> str:
    n, count = row.get(f"n_{side}"), row.get(f"count_{side}")
    if not is_missing(count):
        return f"{format_count(count)} of {format_count(n)}"
    if is_missing(row.get(f"median_{side}")):
        return f"n {format_count(n)}"
    middle, low, high = (
        format_number(row.get(f"{name}_{side}")) for name in ("median", "q1", "q3")
    )
    return f"{middle} ({low}{DASH}{high}), n {format_count(n)}"


def _write_prediction(row: DataRow) -> str:
    low, high = row.get("prediction_low"), row.get("prediction_high")
    return "" if is_missing(low) else f"{format_number(low)}{DASH}{format_number(high)}"


def _level(value: object) -> str:
    return "" if is_missing(value) else name_level(value)


def _call(value: object) -> str:
    return "" if is_missing(value) else ("positive" if float(str(value)) == 1 else "negative")
