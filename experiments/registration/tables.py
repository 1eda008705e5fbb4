"""What the rows of single pairs come to."""

from typing import Any

import pandas as pd


def summarise(rows: pd.DataFrame) -> dict[str, dict[str, dict[str, float | int]]]:
    """Return median and largest error over pairs, by method and scenario.

    The error of a pair is the median over the points of its liver.
    """
    summary: dict[str, dict[str, dict[str, float | int]]] = {}
    for (method, scenario), group in rows.groupby(["method", "scenario"], sort=False):
        summary.setdefault(str(method), {})[str(scenario)] = {
            "median_mm": round(float(group["median_mm"].median()), 3),
            "max_mm": round(float(group["median_mm"].max()), 3),
            "seconds": round(float(group["seconds"].median()), 2),
            "pairs": len(group),
        }
    return summary


def tabulate(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one line per method, scenario and contrast, and one over all contrasts."""
    lines = []
    for (method, scenario), group in rows.groupby(["method", "scenario"], sort=False):
        parts = [(str(name), part) for name, part in group.groupby("contrast")]
        for contrast, part in [*parts, ("all", group)]:
            lines.append({"method": method, "scenario": scenario, "contrast": contrast})
            lines[-1] |= _line(part)
    return pd.DataFrame(lines)


def _line(part: pd.DataFrame) -> dict[str, Any]:
    return {
        "pairs": len(part),
        "start_mm": round(part["start_mm"].median(), 2),
        "median_mm": round(part["median_mm"].median(), 3),
        "max_mm": round(part["median_mm"].max(), 3),
        "largest_point_mm": round(part["largest_mm"].max(), 3),
        "above_2_mm": int((part["median_mm"] > 2).sum()),
        "above_3_mm": int((part["median_mm"] > 3).sum()),
        "fallbacks": int(part["fallback"].sum()),
        "seconds": round(part["seconds"].median(), 2),
        "cpu_seconds": round(part["cpu_seconds"].median(), 2),
    }
