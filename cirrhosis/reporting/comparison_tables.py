"""Views of comparisons: pairs of models, readers, thresholds, recalibration."""

import pandas as pd

from cirrhosis.reporting.display_names import (
    MEASURES,
    name_method,
    name_model,
    name_rows,
)
from cirrhosis.reporting.main_models import select_main_models
from cirrhosis.reporting.number_text import (
    format_count,
    format_estimate,
    format_number,
    format_p_value,
    format_percent,
    format_text,
    format_words,
    is_missing,
    is_true,
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
from cirrhosis.reporting.table_view import TableView, list_rows


def describe_primary(comparisons: pd.DataFrame) -> str:
    """Return the primary comparison in a sentence."""
    rows = list_rows(comparisons[comparisons["is_primary"].map(is_true)])
    if not rows:
        return "No primary comparison was declared."
    row = rows[0]
    name = (
        f"Primary comparison: {name_model(row['model'])} against {name_model(row['against'])},"
        f" {_measure(row['measure'])}, {name_rows(row['split'])}"
    )
    if is_missing(row["difference"]):
        return f"{name}: undefined, because {row.get('reason')}."
    difference = format_estimate(row["difference"], row.get("low"), row.get("high"))
    return (
        f"{name}: difference {difference}, P {format_p_value(row['p'])}, n"
        f" {format_count(row.get('n'))} ({name_method(str(row.get('method')))}). All other"
        " comparisons are secondary and stand below with Holm's and Benjamini and Hochberg's"
        " adjustment."
    )


def view_comparisons(comparisons: pd.DataFrame) -> TableView:
    """Return the pairs of main models."""
    rows = select_main_models(comparisons)
    columns = {
        "Model": text("model", name_model),
        "Against": text("against", name_model),
        "Rows": text("split", name_rows),
        "Measure": text("measure", _measure),
        "n": number("n", format_count),
        "Difference": estimate("difference", ends=("low", "high")),
        "P": p_value("p"),
        "P, Holm": p_value("p_holm"),
        "P, Benjamini-Hochberg": p_value("p_benjamini_hochberg"),
        "Test": text("method", _method),
    }
    caption = "Comparisons on the patients that both models scored."
    return view_rows(
        rows, columns, caption, group_by="model", mark=lambda row: is_true(row["is_primary"])
    )


def view_matched(matched: pd.DataFrame) -> TableView:
    """Return models at the readers' specificity and sensitivity."""
    rows = select_main_models(matched)
    columns = MODEL | {
        "Reader": text("reader", name_model),
        "Matched on": text("matched_on", format_text),
        "Threshold from": text("threshold_from", format_words),
        "Compared": text("compared", format_text),
        "Model, %": estimate("value", percent=True, ends=("low", "high")),
        "Reader, %": estimate("reader_value", percent=True, ends=("reader_low", "reader_high")),
        "Difference": estimate("difference"),
        "P": p_value("p"),
    }
    caption = "Models moved to each reader's specificity or sensitivity."
    return view_rows(rows, columns, caption, group_by="model")


def view_operating_points(points: pd.DataFrame) -> TableView:
    """Return rule-out and rule-in thresholds and the grey zone between them."""
    columns = MODEL | {
        "Rule out below": number("rule_out_threshold", _three),
        "Rule in from": number("rule_in_threshold", _three),
        "Below (positive)": _zone("below"),
        "Grey zone (positive)": _zone("grey"),
        "Above (positive)": _zone("above"),
        "Grey, %": estimate("grey_share", percent=True),
        "Sensitivity of rule-out, %": estimate("rule_out_sensitivity", percent=True),
        "NPV, %": estimate("rule_out_npv", percent=True),
        "Specificity of rule-in, %": estimate("rule_in_specificity", percent=True),
        "PPV, %": estimate("rule_in_ppv", percent=True),
    }
    caption = "Two thresholds around a grey zone, chosen on out-of-fold training rows."
    return view_rows(select_main_models(points), columns, caption, group_by="model")


def view_prevalence(prevalence: pd.DataFrame) -> TableView:
    """Return predictive values at other prevalences, at each model's own threshold."""
    rows = select_main_models(prevalence)
    if "operating_point" in rows:
        rows = rows[rows["operating_point"] == "own_threshold"]
    columns = MODEL | {
        "Prevalence, %": number("prevalence", format_percent),
        "PPV, %": estimate("ppv", percent=True),
        "NPV, %": estimate("npv", percent=True),
    }
    caption = "Predictive values at other prevalences, sensitivity and specificity held."
    return view_rows(rows, columns, caption, group_by="model")


def view_recalibration(recalibration: pd.DataFrame) -> TableView:
    """Return calibration before and after an update on local patients."""
    columns = MODEL | {
        "Update": text("update", format_words),
        "Fitted on n": number("n_fitting", format_count),
        "Reported n": number("n", format_count),
        "Intercept": number("map_intercept", format_number),
        "Slope": number("map_slope", format_number),
        "O:E": estimate("observed_to_expected"),
        "Calibration slope": estimate("calibration_slope"),
        "Brier score": estimate("brier_score"),
        "ICI": estimate("ici"),
    }
    caption = (
        "Recalibration on local labels: one part of each test split fits the update, the other"
        " part is reported. No number elsewhere on this page uses it."
    )
    return view_rows(select_main_models(recalibration), columns, caption, group_by="model")


def view_comparators(comparators: pd.DataFrame) -> TableView:
    """Return the rules that are judged beside the models."""
    columns = {
        "Rule": text("model", name_model),
        "Definition": text("definition", format_text),
        "Added": text("added", format_text),
        "n": number("n", format_count),
    }
    return view_rows(comparators, columns, "Rules judged like models.")


def _zone(name: str) -> Made:
    def write(row: DataRow) -> str:
        n, positive = row.get(f"n_{name}"), row.get(f"n_positive_{name}")
        return f"{format_count(n)} ({format_count(positive)})"

    return Made(write, f"n_{name}", is_number=True)


def _three(value: object) -> str:
    return format_number(value, 3)


def _measure(name: object) -> str:
    return MEASURES.get(str(name), str(name).replace("_", " "))


def _method(name: object) -> str:
    return "" if is_missing(name) else name_method(str(name))
