"""Read, register, mask, choose slices, store: `cirrhosis prepare cohort=... store=...`."""

import sys
from collections import Counter
from collections.abc import Mapping

from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.contact_sheets import draw_sheets, index_of
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.preparation_parts import open_registrar, open_segmenter
from cirrhosis.commands.prepare_spread import choose_spread
from cirrhosis.commands.shell import is_synthetic, show_progress
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import GATE_STAGE, Manifest, StoreLayout
from cirrhosis.imaging.preparation import PrepareSummary, prepare_cohort
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.settings import PrepareSettings


def run(config: DictConfig) -> None:
    """Prepare what is missing and say what was made, kept and lost.

    A store with failures is a store; the command then ends with exit code 0 and names the
    failures, because the other patients can be worked with. Nobody prepared is exit code 1.
    """
    values = plain(config)
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    splits = read_splits(split_file(values))
    settings = build_settings(PrepareSettings, values["preparation"], "preparation")
    folder = store_folder(values)
    summary = prepare_cohort(
        cohort,
        splits,
        folder,
        name=values["store"],
        settings=settings,
        reader=read_volume,
        segmenter=open_segmenter(values, splits, settings.liver),
        registrar=open_registrar(values, splits, settings.registration),
        n_workers=values["n_workers"],
        progress=show_progress,
        synthetic=is_synthetic(cohort.patients),
        spread=choose_spread(values["distribution"], folder),
    )
    made = ", ".join(f"{count} {kind}" for kind, count in summary.computed.items())
    kept = ", ".join(f"{count} {kind}" for kind, count in summary.reused.items())
    print(f"prepared {summary.n_prepared} of {summary.n_patients} patients in {folder}")
    print(f"made: {made or 'nothing'}; kept: {kept or 'nothing'}")
    for line in _describe_incomplete(summary.manifest):
        print(line)
    for line in _describe_quality(summary, StoreLayout(folder)):
        print(line)
    if values["contact_sheets"]:
        drawn = draw_sheets(
            folder, summary.manifest, n_workers=values["n_workers"], progress=show_progress
        )
        print(f"contact sheets: {index_of(folder)} ({drawn} drawn anew)")
    if not summary.n_prepared:
        sys.exit(1)


def _describe_incomplete(manifest: Manifest) -> list[str]:
    """Return how many patients lack which sequence, and what `train` makes of it."""
    if not manifest.absent:
        return []
    counts = Counter(name for lacks in manifest.absent.values() for name in lacks)
    told = ", ".join(f"{n} without {name}" for name, n in sorted(counts.items()))
    return [
        f"{len(manifest.absent)} of them lack a sequence ({told}); train uses complete cases"
        " alone, or with data.incomplete=available whoever has a combination's sequences"
    ]


def _describe_quality(summary: PrepareSummary, layout: StoreLayout) -> list[str]:
    """Return who failed at which stage, and whom the gate flags or leaves out, and why."""
    stages = Counter(map(str, summary.failures["stage"]))
    n_excluded = stages.pop(GATE_STAGE, 0)
    lines = []
    if stages:
        lines.append(f"{sum(stages.values())} failed ({_listed(stages)}), see {layout.failures}:")
        failed = summary.failures[summary.failures["stage"] != GATE_STAGE]
        lines.append(failed.head(3).to_string(index=False))
    if n_excluded:
        reasons = _listed(summary.excluded)
        lines.append(f"{n_excluded} left out by quality ({reasons}), see {layout.failures}")
    if summary.n_flagged:
        lines.append(f"{summary.n_flagged} flagged ({_listed(summary.flagged)}), see {layout.qc}")
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
