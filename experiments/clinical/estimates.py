"""Figures of one data set from the out-of-fold scores of its seeds."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.contracts.files import write_table
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.discrimination import auroc_interval, within_fold_auroc
from cirrhosis.statistics.multiplicity import adjust_p_values

FOREST = "forest"
MODELS = (FOREST, "fib4", "apri", "albi", "platelets")
NOT_IMPORTED = "not_imported"


class Scores(NamedTuple):
    """What one seed gives.

    Attributes:
        seed: Of the folds and the forests.
        table: `patient_id`, `y_true`, `fold` and a column of scores per model, higher
            meaning more likely cirrhosis; the forest's are out-of-fold.
        counts: Missing values per variable.
        flow: Who was excluded before.
    """

    seed: int
    table: pd.DataFrame
    counts: pd.DataFrame
    flow: pd.DataFrame


def estimate_data_set(
    runs: list[Scores], one: dict[str, Any], choices: dict[str, Any]
) -> dict[str, Any]:
    """Return the figures of the first seed, and the spread over all seeds."""
    first = runs[0]
    models = [name for name in MODELS if name in first.table]
    level = choices["confidence_level"]
    estimates = {name: estimate_model(first.table, name, level) for name in models}
    figures = {
        "question": one["question"],
        "source": one["source"],
        "missing": one.get("missing", "exclude"),
        "n": len(first.table),
        "events": int(first.table["y_true"].sum()),
        "n_folds": int(first.table["fold"].nunique()),
        "seed": first.seed,
        "models": estimates,
        "differences": {
            f"{FOREST} - {name}": compare_models(first.table, name, level) for name in models[1:]
        },
        "seeds": [describe_seed(run) for run in runs],
        "spread": describe_spread(runs),
        "flow": first.flow.to_dict("records"),
        "missing_values": count_missing(first),
    }
    if "expected_auroc" in one:
        figures["negative_control"] = judge_control(estimates, runs, one["expected_auroc"])
    return figures


def estimate_model(table: pd.DataFrame, name: str, level: float) -> dict[str, Any]:
    """Return the pooled area with DeLong's interval and the area within folds."""
    rows = table.dropna(subset=[name])
    pooled = auroc_interval(rows["y_true"], rows[name], confidence_level=level)
    within = within_fold_auroc(rows["y_true"], rows[name], rows["fold"])
    return {
        "auroc": pooled.value,
        "low": pooled.low,
        "high": pooled.high,
        "method": pooled.method,
        "n": pooled.n,
        "events": int(rows["y_true"].sum()),
        "within_fold_auroc": within.value,
        "reason": pooled.reason or within.reason,
    }


def compare_models(table: pd.DataFrame, name: str, level: float) -> dict[str, Any]:
    """Return forest minus a baseline on the patients that have both."""
    rows = table.dropna(subset=[FOREST, name])
    found = compare_auroc_paired(rows["y_true"], rows[FOREST], rows[name], confidence_level=level)
    return {
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "method": found.method,
        "n": found.n,
        "events": int(rows["y_true"].sum()),
        "reason": found.reason,
    }


def describe_seed(run: Scores) -> dict[str, Any]:
    """Return the forest's areas of one seed."""
    found = estimate_model(run.table, FOREST, 0.95)
    return {"seed": run.seed} | {key: found[key] for key in ("auroc", "within_fold_auroc")}


def describe_spread(runs: list[Scores]) -> dict[str, Any]:
    """Return how far the forest's pooled area moves with the seed."""
    areas = np.array([describe_seed(run)["auroc"] for run in runs])
    return {
        "n_seeds": len(runs),
        "mean": float(areas.mean()),
        "sd": float(areas.std(ddof=1)) if len(runs) > 1 else None,
        "least": float(areas.min()),
        "greatest": float(areas.max()),
    }


def count_missing(run: Scores) -> dict[str, Any]:
    """Return missing values per predictor among the labelled patients."""
    whole = run.counts[(run.counts["split"] == "training") & run.counts["fold"].isna()]
    # A score is never imputed; its gaps follow from those of its inputs.
    whole = whole[~whole["variable"].isin(MODELS)]
    return {
        "n_labelled": int(whole["n_patients"].iloc[0]),
        "n_missing": {row.variable: int(row.n_missing) for row in whole.itertuples()},
        "handling": str(whole["handling"].iloc[0]),
    }


def judge_control(
    estimates: dict[str, Any], runs: list[Scores], band: list[float]
) -> dict[str, Any]:
    """Return whether every area of a table without signal stays in its band."""
    low, high = band
    areas = {name: one["auroc"] for name, one in estimates.items()}
    areas |= {f"{FOREST} seed {run.seed}": describe_seed(run)["auroc"] for run in runs[1:]}
    return {
        "expected_auroc": band,
        "passed": all(low <= area <= high for area in areas.values()),
        "outside": sorted(name for name, area in areas.items() if not low <= area <= high),
        "intervals_that_leave_the_band": sorted(
            name for name, one in estimates.items() if one["low"] < low or one["high"] > high
        ),
        "intervals_without_0.5": sorted(
            name for name, one in estimates.items() if not one["low"] <= 0.5 <= one["high"]
        ),
    }


def describe_data_set(name: str, figures: dict[str, Any]) -> str:
    """Return a few lines for the terminal."""
    lines = [
        f"{name}: {figures['question']} (n {figures['n']}, {figures['events']} with cirrhosis)"
    ]
    for model, one in figures["models"].items():
        lines.append(
            f"  {model:<20} {_write(one['auroc'])} ({_write(one['low'])} to {_write(one['high'])}),"
            f" {_write(one['within_fold_auroc'])} within folds, n {one['n']}"
        )
    for label, one in figures["differences"].items():
        lines.append(
            f"  {label:<20} {_write(one['difference'])} ({_write(one['low'])} to"
            f" {_write(one['high'])}), p {_write(one['p_value'], '.2g')}"
        )
    spread = figures["spread"]
    lines.append(
        f"  forest over {spread['n_seeds']} seeds: mean {spread['mean']:.3f}, from"
        f" {spread['least']:.3f} to {spread['greatest']:.3f}"
    )
    if "negative_control" in figures:
        passed = figures["negative_control"]["passed"]
        lines.append(f"  negative control {'passed' if passed else 'FAILED'}")
    return "\n".join(lines)


def _write(value: float | None, form: str = ".3f") -> str:
    return "undefined" if value is None else format(value, form)


def write_tables(figures: dict[str, Any], reports: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write the figures as CSV: areas, differences, seeds, missing values, imports."""
    areas = [
        {"data_set": name, "model": model} | one
        for name, of_set in figures.items()
        for model, one in of_set["models"].items()
    ]
    differences = [
        {"data_set": name, "comparison": label} | one
        for name, of_set in figures.items()
        for label, one in of_set["differences"].items()
    ]
    adjusted = adjust_p_values([one["p_value"] for one in differences], method="holm")
    for one, p_holm in zip(differences, adjusted, strict=True):
        one["p_holm"] = None if p_holm is None else float(f"{p_holm:.3g}")
        one["p_value"] = float(f"{one['p_value']:.3g}") if one["p_value"] is not None else None
    seeds = [
        {"data_set": name} | one for name, of_set in figures.items() for one in of_set["seeds"]
    ]
    missing = [
        {"data_set": name, "variable": variable, "n_missing": count}
        | {key: of_set["missing_values"][key] for key in ("n_labelled", "handling")}
        for name, of_set in figures.items()
        for variable, count in of_set["missing_values"]["n_missing"].items()
    ]
    for title, rows in (
        ("areas", areas),
        ("differences", differences),
        ("seeds", seeds),
        ("missing", missing),
    ):
        table = pd.DataFrame(rows)
        shown = table.select_dtypes("float").columns.drop(["p_value", "p_holm"], errors="ignore")
        write_table(table.round(dict.fromkeys(shown, 4)), folder / f"{title}.csv")
    imports = [
        report[report["outcome"] != NOT_IMPORTED].drop(columns="examples").assign(source_table=name)
        for name, report in reports.items()
    ]
    if imports:
        write_table(pd.concat(imports, ignore_index=True), folder / "imports.csv")
