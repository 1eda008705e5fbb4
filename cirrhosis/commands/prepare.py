"""Read, register, mask, choose slices, store: `cirrhosis prepare cohort=... store=...`."""

import sys
from collections import Counter

from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.prepare_spread import choose_spread
from cirrhosis.commands.shell import is_synthetic, show_progress
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import Manifest, StoreLayout
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.preparation import prepare_cohort
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration import choose_registrar
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
        segmenter=FileLiverSegmenter(settings.liver),
        registrar=choose_registrar(settings.registration),
        n_workers=values["n_workers"],
        spread=choose_spread(values["distribution"], folder),
        progress=show_progress,
        synthetic=is_synthetic(cohort.patients),
    )
    made = ", ".join(f"{count} {kind}" for kind, count in summary.computed.items())
    kept = ", ".join(f"{count} {kind}" for kind, count in summary.reused.items())
    print(f"prepared {summary.n_prepared} of {summary.n_patients} patients in {folder}")
    print(f"made: {made or 'nothing'}; kept: {kept or 'nothing'}")
    for line in _describe_incomplete(summary.manifest):
        print(line)
    if len(summary.failures):
        print(f"{len(summary.failures)} failed, see {StoreLayout(folder).failures}:")
        print(summary.failures.head(3).to_string(index=False))
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
