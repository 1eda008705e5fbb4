"""The result in a few lines for the terminal."""

from pathlib import Path

import pandas as pd

from cirrhosis.reporting.display_names import name_rows
from cirrhosis.reporting.main_models import select_main_models
from cirrhosis.reporting.number_text import format_count, format_estimate, is_true
from cirrhosis.reporting.results_folder import Results, read_results
from cirrhosis.reporting.table_view import list_rows
from cirrhosis.reporting.wording import BANNER, describe_level


def summarise(results: Path) -> str:
    """Return the main numbers of a results folder as a plain table.

    Args:
        results: Folder of one variant, as `cirrhosis evaluate` writes it.

    Raises:
        ContractError: If the folder is not complete.
    """
    read = read_results(results)
    level = describe_level(read.provenance)
    header = ("model", "split", "n", f"AUC ({level} interval)", "sensitivity %", "specificity %")
    lines = [header, *_list_lines(read)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    table = "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in ruled
    )
    return f"{table}\n\n{BANNER}" if is_true(read.provenance["synthetic"]) else table


def _select(results: Results) -> pd.DataFrame:
    # The main models; the order of Table 2, split by split, is kept.
    main = set(select_main_models(results.table2)["model"])
    return results.table2[results.table2["model"].isin(main)]


def _list_lines(results: Results) -> list[tuple[str, ...]]:
    lines = []
    for row in list_rows(_select(results)):
        estimates = [
            format_estimate(
                row.get(name), row.get(f"{name}_low"), row.get(f"{name}_high"), percent=percent
            )
            for name, percent in (("auroc", False), ("sensitivity", True), ("specificity", True))
        ]
        name = str(row["label"])
        lines.append((name, name_rows(row["split"]), format_count(row["n"]), *estimates))
    return lines
