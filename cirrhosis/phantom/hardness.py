"""How hard a made cohort is: what severity gives away, and what shortcuts do."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.statistics.discrimination import auroc, auroc_interval
from cirrhosis.statistics.estimates import Estimate

# A cohort in which one number of the image does better than this is solved by a shortcut.
SHORTCUT_LIMIT = 0.70
# Intensities are judged as networks see them: cut at this percentile and scaled to [0, 1].
_UPPER_PERCENTILE = 99.9


class LiverMeasures(NamedTuple):
    """What a shortcut could use of one volume.

    Attributes:
        mean_intensity: Mean scaled intensity of the liver.
        area_voxels: Liver voxels of the slice that has most.
    """

    mean_intensity: float
    area_voxels: int


@dataclass(frozen=True)
class Hardness:
    """Areas under the ROC curve for S4, each with its DeLong interval and n.

    A shortcut may be used in either direction, so its area is the larger of both; without
    any signal it is therefore a little above 0.5 in small cohorts.

    Attributes:
        latent_severity: Of the severity behind the cohort: what a perfect reader could reach.
        mean_intensity: Of the liver's mean intensity, in the sequence where it is largest.
        mean_intensity_sequence: That sequence.
        liver_area: Of the liver's area in its largest slice, in the t1 volume.
    """

    latent_severity: Estimate
    mean_intensity: Estimate
    mean_intensity_sequence: str
    liver_area: Estimate

    @property
    def has_shortcut(self) -> bool:
        """Whether intensity or area alone reaches the limit."""
        areas = (self.mean_intensity.value, self.liver_area.value)
        return any(area is not None and area >= SHORTCUT_LIMIT for area in areas)


def measure_liver(volume: NDArray[Any], liver_mask: NDArray[Any]) -> LiverMeasures:
    """Return mean intensity and largest area of a liver; slices lie along the last axis."""
    inside = volume[liver_mask > 0].astype(float)
    low, high = float(volume.min()), float(np.percentile(volume, _UPPER_PERCENTILE))
    scaled = (np.minimum(inside, high) - low) / max(high - low, 1e-6)
    areas = np.count_nonzero(liver_mask, axis=(0, 1))
    return LiverMeasures(float(scaled.mean()) if inside.size else 0.0, int(areas.max()))


def estimate_hardness(
    y_true: ArrayLike, severity: ArrayLike, measures: dict[str, list[LiverMeasures]]
) -> Hardness:
    """Return how hard a cohort is.

    Args:
        y_true: 1 for S4, shape (n,).
        severity: Latent severity, shape (n,).
        measures: Liver measures of each patient, by sequence.
    """
    intensities = {
        sequence: _shortcut_auroc(y_true, [row.mean_intensity for row in rows])
        for sequence, rows in measures.items()
    }
    largest = max(intensities, key=lambda sequence: intensities[sequence].value or 0.0)
    return Hardness(
        latent_severity=auroc_interval(y_true, severity),
        mean_intensity=intensities[largest],
        mean_intensity_sequence=largest,
        liver_area=_shortcut_auroc(y_true, [row.area_voxels for row in measures["t1"]]),
    )


def write_hardness(hardness: Hardness, path: Path) -> None:
    """Write `hardness` as JSON."""
    write_json(asdict(hardness) | {"shortcut_limit": SHORTCUT_LIMIT}, path)


def read_hardness(path: Path) -> Hardness:
    """Read what `write_hardness` wrote."""
    content = read_json(path)
    names = ("latent_severity", "mean_intensity", "liver_area")
    estimates = {name: Estimate(**content[name]) for name in names}
    return Hardness(**estimates, mean_intensity_sequence=content["mean_intensity_sequence"])


def describe_hardness(hardness: Hardness) -> str:
    """Return the lines that a command prints."""
    rows = {
        "latent severity": hardness.latent_severity,
        f"liver mean intensity ({hardness.mean_intensity_sequence}) alone": hardness.mean_intensity,
        "liver area alone": hardness.liver_area,
    }
    lines = [f"AUROC for S4 of {name}: {_describe(estimate)}" for name, estimate in rows.items()]
    if hardness.has_shortcut:
        lines.append(
            f"A shortcut reaches {SHORTCUT_LIMIT:.2f}; in a cohort this small it may be chance:"
            " make a larger cohort or another seed."
        )
    return "\n".join(lines)


def _shortcut_auroc(y_true: ArrayLike, values: list[float] | list[int]) -> Estimate:
    scores = np.asarray(values, dtype=float)
    area = auroc(y_true, scores).value
    return auroc_interval(y_true, -scores if area is not None and area < 0.5 else scores)


def _describe(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"undefined ({estimate.reason})"
    interval = "" if estimate.low is None else f" ({estimate.low:.2f} to {estimate.high:.2f})"
    return f"{estimate.value:.2f}{interval}, n = {estimate.n}, {estimate.method}"


def list_cirrhosis(patients: pd.DataFrame) -> NDArray[np.int64]:
    """Return 1 for each patient whose stage is S4."""
    return np.asarray(patients["fibrosis_stage"] == "S4", dtype=np.int64)
