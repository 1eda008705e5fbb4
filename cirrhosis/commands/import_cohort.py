"""Turn a table or a folder of images into a cohort folder: `cirrhosis import source=...`."""

import importlib

from omegaconf import DictConfig

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.import_table import import_table_alone
from cirrhosis.commands.places import resolve_cohort

TABLE, TCGA = "table", "tcga_lihc"


def run(config: DictConfig) -> None:
    """Write `patients.csv`, `volumes.csv` and the account of everything found; print a summary."""
    values = plain(config)
    folder = resolve_cohort(values["cohort"], values["paths"]["cohorts"]).absolute()
    source = values["source"]
    if source["kind"] == TABLE or (source["kind"] == TCGA and source["images"] is None):
        import_table_alone(source, folder)
        return
    # Imported only now: a table needs no reader of DICOM files.
    images = importlib.import_module("cirrhosis.commands.import_images")
    images.import_images(source, folder)
