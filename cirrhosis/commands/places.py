"""Where the configuration says that cohort, split and store lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def resolve_cohort(cohort: str, cohorts: str) -> Path:
    """Return a cohort's folder: a path as it is, a plain name below `paths.cohorts`."""
    return Path(cohort) if "/" in cohort or Path(cohort).is_dir() else Path(cohorts) / cohort


def split_file(values: Mapping[str, Any]) -> Path:
    """Return the split file that `split.name` names."""
    return Path(values["paths"]["splits"]) / f"{values['split']['name']}.csv"


def store_folder(values: Mapping[str, Any]) -> Path:
    """Return the folder of the prepared store that `store` names."""
    return Path(values["paths"]["prepared"]) / values["store"]


def runs_of(values: Mapping[str, Any]) -> Path:
    """Return the folder of an experiment's runs."""
    return Path(values["paths"]["runs"]) / values["name"] / values["task"]["name"]
