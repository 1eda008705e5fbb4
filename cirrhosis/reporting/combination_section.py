"""The section that compares sequence combinations (the article's Table S4)."""

import pandas as pd

from cirrhosis.reporting.combination_figure import draw_combinations
from cirrhosis.reporting.combination_table import view_combinations, view_seeds
from cirrhosis.reporting.combination_words import (
    describe_comparison,
    describe_runs,
    describe_seeds,
    list_cards,
)
from cirrhosis.reporting.heat_map_figure import draw_heat_map
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.section import Section

FILES = ("combinations", "combination_seeds", "combination_runs")


def show_combinations(results: Results) -> Section | None:
    """Return the ablation of sequences, where networks took part."""
    combinations = results.more.get("combinations")
    if combinations is None:
        return None
    seeds, runs = results.more.get("combination_seeds"), results.more.get("combination_runs")
    tables = [view_combinations(combinations, results.level)]
    if seeds is not None and len(seeds) and int(seeds["n_seeds"].max()) > 1:
        tables.append(view_seeds(seeds))
    synthetic = results.is_synthetic
    training = " ".join((*describe_runs(runs), *describe_seeds(seeds)))
    return Section(
        anchor="combinations",
        title="Sequence combinations",
        cards=list_cards(combinations, results.level),
        paragraphs=(
            *describe_comparison(combinations, _find_rule(results, combinations)),
            *([training] if training else []),
        ),
        tables=tuple(tables),
        drawings=(
            draw_combinations(combinations, level=results.level, is_synthetic=synthetic),
            draw_heat_map(combinations, is_synthetic=synthetic),
        ),
        links=tuple(f"{name}.csv" for name in FILES if name in results.more),
    )


def _find_rule(results: Results, combinations: pd.DataFrame) -> str:
    if "rule" in results.provenance:
        return str(results.provenance["rule"])
    rules = combinations.get("rule", pd.Series(dtype="string")).dropna().unique()
    return ", ".join(str(rule) for rule in rules)
