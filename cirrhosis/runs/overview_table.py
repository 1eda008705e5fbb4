"""The state of an experiment's runs as text: a table of combination by fold, and what is amiss."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cirrhosis.runs.overview import Overview, RunRecord

COLOURS = {"finished": "32", "running": "36", "stale": "33", "failed": "31", "pending": "2"}
TITLES = {
    "running": "running",
    "stale": "stale (the process is gone; the same command goes on with them)",
    "failed": "failed (the same command goes on with them)",
}
LEGEND = (
    "A number is the best AUROC on the stopping rows of a finished run (done: it had none), by"
    " which its epoch was chosen; cirrhosis evaluate estimates the one that counts. Minutes are"
    " those of finished runs."
)
# Settings that tell one variant from the others.
N_TOLD = 4
# Batches come every few seconds; what is silent for longer has something to say.
QUIET_SECONDS = 120.0


@dataclass(frozen=True)
class Page:
    """How wide the text may be, and whether it may have colours."""

    width: int
    coloured: bool = False

    def paint(self, text: str, state: str) -> str:
        """Return `text` in the colour of a state."""
        return f"\033[{COLOURS[state]}m{text}\033[0m" if self.coloured else text


def describe_overview(overview: Overview, page: Page, *, log_lines: int) -> str:
    """Return the tables, what runs, and what failed with the last lines of its log."""
    parts = [describe_tables(overview, page)]
    for state, title in TITLES.items():
        chosen = [run for run in overview.runs if run.state == state]
        if chosen:
            parts.append("\n".join([page.paint(f"{title}:", state), *_list(chosen, log_lines)]))
    return "\n\n".join(parts)


def describe_tables(overview: Overview, page: Page) -> str:
    """Return a table of combination by fold for each variant and seed, and a summary."""
    differences = overview.differences
    parts = [
        _describe_grid(list(runs), page, differences.get(variant, {}))
        for (variant, _, _), runs in groupby(overview.runs, key=_grid)
    ]
    if any(run.state == "finished" for run in overview.runs):
        parts.append(textwrap.fill(LEGEND, page.width))
    parts.append(summarise(overview))
    return "\n\n".join(parts)


def summarise(overview: Overview) -> str:
    """Return one line: how many runs are in which state, and what is left."""
    told = ", ".join(f"{n} {state}" for state, n in overview.counts.items() if n)
    line = f"{len(overview.runs)} runs: {told or 'none'}"
    seconds, n_left = overview.seconds_left, overview.n_left
    if not n_left:
        return line
    if seconds is None:
        return f"{line}; {n_left} left"
    n_owners = max(1, overview.n_owners)
    where = f"{n_owners} process{'es' if n_owners > 1 else ''}"
    return f"{line}; {n_left} left, about {_span(seconds / n_owners)} in {where}"


def _grid(run: RunRecord) -> tuple[str, int, bool]:
    return run.variant, run.seed, "-" in run.fold


def _describe_grid(runs: Sequence[RunRecord], page: Page, differences: Mapping[str, object]) -> str:
    variant, seed, are_pairs = _grid(runs[0])
    told = [f"{name}={value}" for name, value in differences.items()]
    more = [f"and {len(told) - N_TOLD} more"] if len(told) > N_TOLD else []
    settings = f" ({', '.join([*told[:N_TOLD], *more])})" if told else ""
    title = f"variant {variant}{settings}, seed {seed}{', two folds held out' if are_pairs else ''}"
    folds = list(dict.fromkeys(run.fold for run in sorted(runs, key=lambda run: run.folds)))
    first = max(len("sequences"), *(len(run.sequences) for run in runs))
    per_line = max(1, (page.width - first - 24) // 9)
    chunks = [folds[start : start + per_line] for start in range(0, len(folds), per_line)]
    lines = [title]
    for number, chunk in enumerate(chunks):
        lines += _describe_chunk(runs, chunk, page, first=first, is_last=number == len(chunks) - 1)
    return "\n".join(lines)


def _describe_chunk(
    runs: Sequence[RunRecord], folds: Sequence[str], page: Page, *, first: int, is_last: bool
) -> list[str]:
    """Return the lines of some folds; the columns over all folds follow the last ones."""
    ends = f"{'mean':>8}{'minutes':>9}{'left':>6}" if is_last else ""
    lines = ["  " + "sequences".ljust(first) + "".join(f"{'fold ' + f:>9}" for f in folds) + ends]
    for sequences, group in groupby(runs, key=lambda run: run.sequences):
        row = list(group)
        found = {run.fold: run for run in row}
        cells = "".join(_cell(found.get(fold), page) for fold in folds)
        ends = _describe_row(row) if is_last else ""
        lines.append(f"  {sequences.ljust(first)}{cells}{ends}".rstrip())
    return lines


def _cell(run: RunRecord | None, page: Page) -> str:
    if run is None:
        return " " * 9
    text = run.state
    if run.state == "finished":
        text = "done" if run.best is None else f"{run.best:.3f}"
    return " " * (9 - len(text)) + page.paint(text, run.state)


def _describe_row(row: Sequence[RunRecord]) -> str:
    finished = [run for run in row if run.state == "finished"]
    best = [run.best for run in finished if run.best is not None]
    mean = f"{sum(best) / len(best):.3f}" if best else ""
    minutes = f"{sum(run.seconds or 0 for run in finished) / 60:.1f}" if finished else ""
    n_left = len(row) - len(finished)
    return f"{mean:>8}{minutes:>9}{n_left or '':>6}"


def _list(runs: Sequence[RunRecord], log_lines: int) -> list[str]:
    """Return the runs by what is said of them, because many often fail of one thing."""
    lines: list[str] = []
    for text in dict.fromkeys(map(_explain, runs)):
        alike = [run for run in runs if _explain(run) == text]
        lines.append(f"  {text}")
        for run in alike:
            log = f": {run.folder.log}" if run.folder.log.exists() else ""
            lines.append(f"    {run.name}{log}")
            if run is alike[0] and run.state == "failed" and log_lines:
                lines += [f"      {line}" for line in read_tail(run, log_lines)]
    return lines


def read_tail(run: RunRecord, n_lines: int) -> list[str]:
    """Return the last lines of a run's own log; none without one."""
    try:
        with run.folder.log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - 8192))
            text = stream.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-n_lines:]


def _explain(run: RunRecord) -> str:
    if run.state == "failed":
        return run.reason or "no reason is known"
    silent = run.silent_seconds or 0
    if run.state == "running" and silent <= QUIET_SECONDS:
        return f"{run.owner} for {_span(run.seconds or 0)}"
    return f"{run.owner}, last batch {_span(silent)} ago"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
