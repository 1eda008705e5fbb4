"""What a planted cohort holds, with the number of donors beside the number of variants."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.contracts.errors import first
from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.phantom.planted_settings import PlantedSettings
from cirrhosis.phantom.planted_tables import list_measures
from cirrhosis.statistics.discrimination import auroc


@dataclass(frozen=True)
class PlantedSummary:
    """Counts of a planted cohort, and whether it can be solved by a shortcut.

    Variants of one donor are not independent: an interval made from `n` is too narrow, and
    `n_donors` is what generalisation to new people rests on.

    Attributes:
        n: Variants.
        n_positive: Positive variants.
        n_donors: Donors.
        control: What was compared, as in the settings.
        strength: Of the signal, as in the settings.
        auroc_liver_volume: Area under the ROC curve of the liver's volume alone, the larger
            over sequences and directions; chance is therefore a little above 0.5.
        auroc_liver_mean: The same of the liver's mean intensity relative to the volume's
            99.9th percentile.
        failures: Donors left out, and why.
    """

    n: int
    n_positive: int
    n_donors: int
    control: str
    strength: float
    auroc_liver_volume: float
    auroc_liver_mean: float
    failures: Mapping[str, str]

    def __str__(self) -> str:
        """Return the summary as a person reads it."""
        text = (
            f"{self.control}, strength {self.strength:g}: n = {self.n} variants"
            f" ({self.n_positive} positive) of {self.n_donors} donors; AUROC of liver volume"
            f" {self.auroc_liver_volume:.3f}, of mean liver intensity {self.auroc_liver_mean:.3f}"
        )
        if not self.failures:
            return text
        return f"{text}; {len(self.failures)} donors left out: {first(self.failures)}"


def summarize(
    truths: Sequence[dict[str, Any]], failures: Mapping[str, str], settings: PlantedSettings
) -> PlantedSummary:
    """Return the summary of the variants that were made."""
    measures = list_measures(truths)
    return PlantedSummary(
        n=len(truths),
        n_positive=sum(truth["planted_label"] for truth in truths),
        n_donors=len({truth["donor_id"] for truth in truths}),
        control=settings.control,
        strength=settings.strength,
        auroc_liver_volume=_best_auroc(measures, "liver_ml"),
        auroc_liver_mean=_best_auroc(measures, "liver_mean"),
        failures=dict(failures),
    )


def write_summary(summary: PlantedSummary, path: Path) -> None:
    """Write a summary as JSON."""
    write_json(asdict(summary), path)


def read_summary(path: Path) -> PlantedSummary:
    """Return a written summary."""
    return PlantedSummary(**read_json(path))


def _best_auroc(measures: pd.DataFrame, column: str) -> float:
    areas = [
        auroc(of_sequence["planted_label"], of_sequence[column]).value or 0.5
        for _, of_sequence in measures.groupby("sequence")
    ]
    return round(max(max(area, 1 - area) for area in areas), 4)
