"""The results as one figure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from cirrhosis.reporting.house_style import ACCENT, MUTED, SETTINGS, WARNING

COLOURS = ("#0b4f8a", "#5b9bd0", "#c9dff0", "#8a3b00", "#d98b4a", "#f0cfae", "#5b6675", "#c3c9d1")
TARGETS = {"cpu": 1.15, "cuda": 1.05}
RUN_TARGET = 1.3


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw a panel for every result that is there."""
    panels = [(results[name], panel) for name, panel in PANELS if name in results]
    if not panels:
        return
    with matplotlib.style.context(SETTINGS):
        n_rows = (len(panels) + 1) // 2
        figure = Figure(figsize=(13, 3.2 * n_rows), layout="constrained")
        FigureCanvasAgg(figure)
        for number, (content, panel) in enumerate(panels, start=1):
            panel(figure.add_subplot(n_rows, 2, number), content)
        figure.savefig(path, metadata={"Date": None})


def draw_augmentation(axes: Axes, detail: dict[str, Any]) -> None:
    """Draw samples per second of the best form of each library."""
    speeds = {name: detail["speeds"][form] for name, form in detail["counts"].items() if form}
    _draw_points(axes, dict(sorted(speeds.items(), key=lambda item: item[1]["median"])), "ours")
    axes.set_xscale("log")
    _write_plainly(axes.xaxis)
    axes.set_xlabel("samples per second, 20 channels (log scale); whiskers: quartiles")
    axes.set_title(f"Augmentation, {detail['size']} x {detail['size']}")


def draw_overhead(axes: Axes, content: dict[str, Any]) -> None:
    """Draw what a step adds to the bare one."""
    device = content["default_case"]["device"]
    cases = {size: case for size, case in content[device].items() if case.get("overhead")}
    _draw_parts(axes, {size: case["overhead_parts"] for size, case in cases.items()}, 1.0)
    # The whole and its spread stand beside the parts, of which some may be below 0.
    for row, case in enumerate(cases.values()):
        values = case["overhead_spread"]
        reach = [
            [values["median"] - values["low_quartile"]],
            [values["high_quartile"] - values["median"]],
        ]
        axes.errorbar(values["median"], row, xerr=reach, fmt="o", color="black", capsize=3)
    axes.axvline(TARGETS[device], color=WARNING, linestyle="--", label="target")
    axes.set_xlim(right=max(axes.get_xlim()[1], TARGETS[device] + 0.01))
    axes.set_xlabel("full step / bare step; dot and whiskers: median and quartiles")
    axes.set_title(f"Step, {content['model']}, {device}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw_run(axes: Axes, content: dict[str, Any]) -> None:
    """Draw what a whole run consists of."""
    device = content["default_case"]["device"]
    cases = {size: case for size, case in content[device].items() if case.get("run_ratio")}
    _draw_parts(axes, {size: case["run_ratio_parts"] for size, case in cases.items()}, 0.0)
    axes.axvline(RUN_TARGET, color=WARNING, linestyle="--", label="target")
    axes.set_xlim(right=max(axes.get_xlim()[1], RUN_TARGET + 0.1))
    axes.set_xlabel("whole run / sum of its bare steps")
    axes.set_title(f"Run, {content['model']}, {device}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw_baseline(axes: Axes, content: dict[str, Any]) -> None:
    """Draw seconds per epoch of both ways."""
    values = {
        f"{case['model']} {case['size']}: {way}": seconds
        for case in content["cases"].values()
        for way, seconds in reversed(case["epoch_seconds"].items())
    }
    _draw_points(axes, values, "ours")
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds per epoch; whiskers: quartiles")
    axes.set_title("MONAI cached, loader with workers")


def draw_cohort(axes: Axes, content: dict[str, Any]) -> None:
    """Draw memory against the number of patients."""
    for residency, colour, marker in (("host", ACCENT, "o"), ("stream", WARNING, "s")):
        rows = [row for row in content["rows"] if row["residency"] == residency]
        axes.plot(
            [row["n_patients"] for row in rows],
            [row["peak_mib"] for row in rows],
            color=colour,
            marker=marker,
            label=residency,
        )
    axes.set(xscale="log", yscale="log", xlabel="patients", ylabel="peak MiB (log scales)")
    _write_plainly(axes.xaxis)
    _write_plainly(axes.yaxis)
    axes.set_title("Memory against the cohort's size")
    axes.legend()


def draw_options(axes: Axes, content: dict[str, Any]) -> None:
    """Draw the ratio of each option's step to the plain one; failed ones stay empty."""
    rows = [row for row in content["rows"] if row["option"] != "plain"]
    empty = dict.fromkeys(("median", "low_quartile", "high_quartile"), float("nan"))
    values = {
        f"{row['network']} {row['size']}: {row['option']}"
        + (" FAILED" if "failed" in row else ""): row.get("ratio", empty)
        for row in reversed(rows)
    }
    _draw_points(axes, values, "")
    axes.axvline(1.0, color=WARNING, linestyle="--")
    axes.set_xlabel("step / plain step; below 1 the option pays; whiskers: quartiles")
    axes.set_title(f"Options of the network, {content['settings']['device']}")


def _write_plainly(axis: Axis) -> None:
    """Write the numbers of a logarithmic axis without mathematical type, which is off."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_points(axes: Axes, values: dict[str, dict[str, Any]], accent: str) -> None:
    """Draw medians with quartiles, one line each; what is not a number leaves its line empty."""
    for line, (name, row) in enumerate(values.items()):
        low, high = row["median"] - row["low_quartile"], row["high_quartile"] - row["median"]
        colour = ACCENT if name.split(": ")[-1] == accent else MUTED
        axes.errorbar(row["median"], line, xerr=[[low], [high]], fmt="o", color=colour, capsize=3)
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(-0.6, len(values) - 0.4)


def _draw_parts(axes: Axes, cases: dict[str, dict[str, float]], start: float) -> None:
    """Stack the parts of each case; what is below 0 is noise and is not drawn."""
    lengths = dict.fromkeys(cases, 0.0)
    for number, name in enumerate(next(iter(cases.values()))):
        parts = {size: max(0.0, case[name]) for size, case in cases.items()}
        axes.barh(
            [f"{size} x {size}" for size in cases],
            list(parts.values()),
            left=[start + length for length in lengths.values()],
            height=0.6,
            color=COLOURS[number % len(COLOURS)],
            label=name.replace("_", " "),
        )
        lengths = {size: lengths[size] + parts[size] for size in cases}
    axes.set_xlim(left=start)
    axes.set_ylim(-0.7, len(cases) - 0.3)
    axes.grid(visible=False, axis="y")


PANELS: tuple[tuple[str, Callable[[Axes, Any], None]], ...] = (
    ("augmentation_detail", draw_augmentation),
    ("baseline_monai", draw_baseline),
    ("step", draw_overhead),
    ("step", draw_run),
    ("cohort_size", draw_cohort),
    ("network_options", draw_options),
)
