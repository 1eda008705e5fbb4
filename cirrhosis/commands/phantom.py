"""Make a synthetic cohort: `cirrhosis phantom phantom=digital cohort=...`."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort
from cirrhosis.commands.shell import show_progress
from cirrhosis.contracts.errors import ContractError
from cirrhosis.phantom.clinical_cohort import write_clinical_cohort
from cirrhosis.phantom.digital_cohort import write_digital_cohort
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.hardness import describe_hardness
from cirrhosis.phantom.planted_cohort import write_planted_cohort
from cirrhosis.phantom.planted_settings import PlantedSettings


def run(config: DictConfig) -> None:
    """Make the cohort that `phantom.kind` names and say how hard it is."""
    values = plain(config)
    folder = resolve_cohort(values["cohort"], values["paths"]["cohorts"])
    settings = dict(values["phantom"])
    kinds = {"digital": _make_digital, "clinical": _make_clinical, "planted": _make_planted}
    kind = settings.pop("kind")
    if kind not in kinds:
        raise ContractError(f"expected phantom.kind {', '.join(kinds)}, but got '{kind}'")
    print(f"SYNTHETIC cohort ({kind}) in {folder}; its numbers say nothing about patients")
    kinds[kind](folder, settings, values["n_workers"])


def _make_digital(folder: Path, settings: dict[str, Any], n_workers: int) -> None:
    digital = build_settings(DigitalSettings, settings, "phantom")
    hardness = write_digital_cohort(folder, digital, n_workers=n_workers, progress=show_progress)
    print(describe_hardness(hardness))


def _make_clinical(folder: Path, settings: dict[str, Any], n_workers: int) -> None:
    digital = build_settings(DigitalSettings, settings, "phantom")
    print(write_clinical_cohort(folder, digital))


def _make_planted(folder: Path, settings: dict[str, Any], n_workers: int) -> None:
    planted = build_settings(PlantedSettings, settings, "phantom")
    print(write_planted_cohort(folder, planted, n_workers=n_workers, progress=show_progress))
