"""Draw the figures and write one HTML page: `cirrhosis report experiment=...`."""

from pathlib import Path

from omegaconf import DictConfig

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.variants import find_variant, results_of
from cirrhosis.reporting.page import write_report
from cirrhosis.reporting.summary import summarise


def run(config: DictConfig) -> None:
    """Write the page, and print its main table and its path."""
    values = plain(config)
    parent = Path(values["paths"]["results"]) / values["name"]
    results = results_of(values, find_variant(values, parent))
    page = write_report(results)
    print(summarise(results))
    print(f"\nreport: {page.absolute()}")
