"""The results as a page of Markdown tables."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

NUMBER = "{:.3g}"
# Columns that say what a row is about.
FIRST = ("network", "size", "option", "residency", "n_patients")


def make_page(results: dict[str, Any], runs: dict[str, dict[str, Any]]) -> str:
    """Return the page.

    Args:
        results: Content of the files of benchmarks that ended well.
        runs: How each was called and how it ended.
    """
    parts = ["# Throughput of training", "All images are SYNTHETIC. Medians (quartiles)."]
    parts += [describe_machine(results), make_runs(runs)]
    for name, make in SECTIONS.items():
        if name in results:
            parts.append(make(results[name]))
    return "\n\n".join(parts) + "\n"


def make_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; numbers have three digits."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_write(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def describe_machine(results: dict[str, Any]) -> str:
    """Say once where the numbers hold."""
    content = next(
        (
            one["environment"]
            for one in results.values()
            if "processor" in one.get("environment", {})
        ),
        None,
    )
    if content is None:
        return "The machine is described in the files beside this page."
    versions = ", ".join(f"{name} {number}" for name, number in content["versions"].items())
    card = content["cuda_device"] or "no graphics card"
    return (
        f"{content['cores']} cores ({content['processor']}), {content['threads_of_torch']} threads"
        f" of torch, {card}; Python {content['python']}, {versions}."
    )


def make_runs(runs: dict[str, dict[str, Any]]) -> str:
    """Return how each benchmark was called and how it ended."""
    rows = [
        (
            name,
            f"`{row['command']}`" if "command" in row else "",
            row.get("seconds", ""),
            row.get("load_average_1_min_before", ""),
            f"FAILED: {row['error']}" if row["exit_code"] else "quick try" if row["quick"] else "",
        )
        for name, row in runs.items()
    ]
    return make_table(("benchmark", "command (and --json)", "s", "load before", "note"), rows)


def make_augmentation(detail: dict[str, Any]) -> str:
    """Return samples per second of every way to augment."""
    speeds = sorted(detail["speeds"].items(), key=lambda item: -item[1]["median"])
    counted = {form for form in detail["counts"].values() if form}
    rows = [
        (name, _spread(values), 1000 / values["median"], "counts" if name in counted else "")
        for name, values in speeds
    ]
    head = f"## Augmentation, 20 channels of {detail['size']} x {detail['size']}"
    return f"{head}\n\n" + make_table(("way", "samples/s", "ms per sample", ""), rows)


def make_step(content: dict[str, Any]) -> str:
    """Return overhead and run ratio per size, and their parts."""
    device = content["default_case"]["device"]
    rows, parts = [], []
    for size, case in content[device].items():
        overhead = _spread(case["overhead_spread"]) if case.get("overhead") else ""
        processor = case.get("overhead_of_processor_time")
        rows.append(
            (
                f"{device} {size} x {size}",
                overhead,
                _spread(processor) if processor else "",
                _spread(case["samples_per_second_spread"]) if case.get("overhead") else "",
                case.get("share_of_peak") or "",
                case.get("run_ratio") or "",
            )
        )
        for kind in ("overhead_parts", "run_ratio_parts"):
            parts += [(size, kind, name, part) for name, part in case.get(kind, {}).items()]
    columns = ("case", "overhead", "of processor time", "samples/s", "share of peak", "run ratio")
    head = f"## Step and run against the network alone, {content['model']}, {content['precision']}"
    shares = make_table(("size", "of", "part", "in bare steps"), parts)
    return f"{head}\n\n{make_table(columns, rows)}\n\n{shares}"


def make_baseline(content: dict[str, Any]) -> str:
    """Return the epochs of both ways."""
    rows = []
    for name, case in content["cases"].items():
        for way, seconds in case["epoch_seconds"].items():
            ratio = _spread(case["ratio_spread"]) if way == case["best_baseline"] else ""
            rows.append((name, way, _spread(seconds), ratio))
    columns = ("case", "way", "s per epoch", "best baseline / ours")
    return "## Epochs as users of MONAI write them\n\n" + make_table(columns, rows)


def make_rows(title: str) -> Callable[[dict[str, Any]], str]:
    """Return a maker of a table from a list `rows` of equal dictionaries."""

    def make(content: dict[str, Any]) -> str:
        rows = content["rows"]
        named = {name for row in rows for name in row}
        columns = [*(name for name in FIRST if name in named), *sorted(named - set(FIRST))]
        cells = ([row.get(name, "") for name in columns] for row in rows)
        return f"## {title}\n\n" + make_table(columns, cells)

    return make


def _spread(values: dict[str, Any]) -> str:
    low, median, high = (
        NUMBER.format(values[key]) for key in ("low_quartile", "median", "high_quartile")
    )
    return f"{median} ({low} to {high})"


def _write(cell: object) -> str:
    if isinstance(cell, dict):
        return _spread(cell) if "low_quartile" in cell else str(cell)
    return NUMBER.format(cell) if isinstance(cell, float) else str(cell)


SECTIONS: dict[str, Callable[[Any], str]] = {
    "augmentation_detail": make_augmentation,
    "step": make_step,
    "baseline_monai": make_baseline,
    "cohort_size": make_rows("Time and memory against the cohort's size"),
    "network_options": make_rows("Options of the network"),
}
