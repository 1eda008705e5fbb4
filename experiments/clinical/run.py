"""What do blood tests alone say about cirrhosis in public tables? See README.md beside this file.

python experiments/clinical/run.py --data FOLDER --json FILE
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

# Two processes share two cores; a library's own threads would fight for them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pandas as pd
import yaml
from estimates import FOREST, Scores, describe_data_set, estimate_data_set, write_tables
from hydra import compose, initialize_config_dir
from joblib import Parallel, delayed
from tqdm import tqdm

from cirrhosis.clinical.scores import albi
from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings, draw_partition
from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.table_import import import_table
from cirrhosis.commands.configuration import CONF, build_settings, plain
from cirrhosis.commands.import_files import write_import
from cirrhosis.commands.import_table import build_source
from cirrhosis.contracts.cohort import Cohort, read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_file, write_json
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse_clinical

HERE = Path(__file__).parent
TABLES = (".csv", ".txt", ".tsv")


def main() -> None:
    """Run every data set whose table lies in the folder, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the tables")
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    parser.add_argument("--tables", type=Path, help="folder for the figures as small CSV tables")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    options = parser.parse_args()
    start = time.monotonic()
    choices = yaml.safe_load((HERE / "choices.yaml").read_text())
    wanted = choices["data_sets"]
    found = find_tables(options.data, sorted({one["source"] for one in wanted.values()}))
    figures, reports = {}, {}
    with tempfile.TemporaryDirectory() as work:
        for source, path in found.items():
            reports[source] = import_source(source, path, Path(work) / source)
        for name, one in wanted.items():
            if one["source"] not in found:
                print(f"{name}: no table with the columns of {one['source']} in {options.data}")
                continue
            cohort = add_scores(read_cohort(Path(work) / one["source"]))
            runs = run_seeds(name, cohort, one, choices, n_workers=options.workers)
            figures[name] = estimate_data_set(runs, one, choices)
            figures[name]["table"] = found[one["source"]].name
            figures[name]["table_sha256"] = hash_file(found[one["source"]])
            print(describe_data_set(name, figures[name]), flush=True)
    write_json(figures, options.json)
    if options.tables is not None:
        write_tables(figures, reports, options.tables)
    print(f"{len(figures)} data sets in {time.monotonic() - start:.0f} s: {options.json}")


def find_tables(folder: Path, sources: list[str]) -> dict[str, Path]:
    """Return the first table of each source, known by its columns and not by its name."""
    found: dict[str, Path] = {}
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in TABLES)
    for path in paths:
        known = next((name for name in sources if holds_columns(path, name)), None)
        if known is None:
            print(f"{path.name}: no source of conf/source has its columns; left out")
        elif known in found:
            print(f"{path.name}: {known} is taken from {found[known].name}; left out")
        else:
            found[known] = path
    return found


def holds_columns(path: Path, source: str) -> bool:
    """Return whether a table has every column that a source names."""
    _, settings = build_source(compose_source(source, path))
    try:
        cells = read_source_table(path, settings.format)
    except ContractError:
        return False
    return set(settings.source_columns) <= set(cells.columns)


def import_source(source: str, path: Path, folder: Path) -> pd.DataFrame:
    """Import a table as `cirrhosis import` does, and return the account of its cells."""
    _, settings = build_source(compose_source(source, path))
    imported = import_table(read_source_table(path, settings.format), settings)
    write_import(imported, folder)
    return imported.report


def compose_source(source: str, path: Path) -> dict[str, Any]:
    """Return the configuration of `cirrhosis import source=... source.file=...`."""
    values = compose_command("import", [f"source={source}"])["source"]
    return values | {"file": str(path)}


def compose_command(command: str, overrides: list[str]) -> dict[str, Any]:
    """Return the product's configuration as the command line would make it."""
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return plain(compose(command, overrides))


def add_scores(cohort: Cohort) -> Cohort:
    """Add ALBI, which the fusion compares as a column like any other."""
    inputs = ("total_bilirubin_umol_per_l", "albumin_g_per_l")
    if not set(inputs) <= set(cohort.patients):
        return cohort
    score = albi(**{name: cohort.patients[name] for name in inputs})
    return Cohort(cohort.folder, cohort.patients.assign(albi=score), cohort.volumes)


def run_seeds(
    name: str, cohort: Cohort, one: dict[str, Any], choices: dict[str, Any], *, n_workers: int
) -> list[Scores]:
    """Return the out-of-fold scores of each seed, in the order of the seeds."""
    overrides = [*choices["common"], *one["overrides"]]
    overrides.append(f"fusion.missing={one.get('missing', 'exclude')}")
    pool = Parallel(n_jobs=n_workers, return_as="generator")
    runs = pool(delayed(run_seed)(cohort, overrides, seed) for seed in choices["seeds"])
    return list(tqdm(runs, total=len(choices["seeds"]), desc=name))


def run_seed(cohort: Cohort, overrides: list[str], seed: int) -> Scores:
    """Draw the folds, fit a forest per fold, and return what it says of its held-out fold."""
    values = compose_command("fuse", [*overrides, f"seed={seed}"])
    split = {key: value for key, value in values["split"].items() if key not in ("name", "file")}
    fusion = {key: value for key, value in values["fusion"].items() if key != "sequences"}
    partition = draw_partition(
        cohort,
        build_settings(LabelSettings, values["label"], "label"),
        build_settings(SplitSettings, split, "split"),
    )
    settings = build_settings(FusionSettings, fusion, "fusion")
    result = fuse_clinical(partition.table, cohort.patients, settings=settings, seed=seed)
    rows = result.predictions.replace({"model": {"clinical": FOREST}})
    wide = rows.pivot(index=["patient_id", "y_true", "fold"], columns="model", values="y_score")
    return Scores(seed, wide.reset_index(), result.counts, partition.flow)


if __name__ == "__main__":
    main()
