"""Read, register, mask, choose slices, store: `cirrhosis prepare cohort=... store=...`."""

import sys

from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.shell import is_synthetic, show_progress
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import StoreLayout
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
        progress=show_progress,
        synthetic=is_synthetic(cohort.patients),
    )
    made = ", ".join(f"{count} {kind}" for kind, count in summary.computed.items())
    kept = ", ".join(f"{count} {kind}" for kind, count in summary.reused.items())
    print(f"prepared {summary.n_prepared} of {summary.n_patients} patients in {folder}")
    print(f"made: {made or 'nothing'}; kept: {kept or 'nothing'}")
    if len(summary.failures):
        print(f"{len(summary.failures)} failed, see {StoreLayout(folder).failures}:")
        print(summary.failures.head(3).to_string(index=False))
    if not summary.n_prepared:
        sys.exit(1)
