"""The table of segmentation over all folds: one row per sequence."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.statistics.estimates import Estimate
from cirrhosis.statistics.resampling import Rows, cluster_bootstrap

ALL = "all"
MEASURES = {
    "dice": "Dice",
    "hd95_mm": "HD95, mm",
    "volume_error_percent": "volume error, %",
    "absolute_volume_error_percent": "absolute volume error, %",
}
COLUMNS = (
    "sequence",
    "measure",
    "n_patients",
    "n_volumes",
    "mean",
    "low",
    "high",
    "lowest",
    "highest",
    "method",
    "reason",
)


def tabulate_masks(scores: pd.DataFrame, *, seed: int, n_resamples: int = 2000) -> pd.DataFrame:
    """Return mean and interval of each measure, per sequence and over all of several.

    The mean is over volumes; its 95 % interval comes from resampled patients, so that volumes of
    one patient may depend on each other. It does not contain what another training would change.

    Args:
        scores: Rows of held-out volumes, columns of `mask_scores.COLUMNS`.
        seed: Of the resamples.
        n_resamples: Their number.
    """
    table = scores.assign(absolute_volume_error_percent=scores["volume_error_percent"].abs())
    rows = [
        _summarise(part, sequence, measure, seed, n_resamples)
        for sequence, part in _parts(table)
        for measure in MEASURES
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parts(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    names = sorted(table["sequence"].unique())
    for name in names:
        yield str(name), table[table["sequence"] == name]
    if len(names) > 1:
        yield ALL, table


def _summarise(
    part: pd.DataFrame, sequence: str, measure: str, seed: int, n_resamples: int
) -> dict[str, Any]:
    known = part[part[measure].notna()]
    values = known[measure].to_numpy(float)
    found = _estimate(known, values, sequence, measure, seed, n_resamples)
    missing = len(part) - len(known)
    reasons = [f"undefined for {missing} volumes"] * bool(missing)
    return {
        "sequence": sequence,
        "measure": measure,
        "n_patients": known["patient_id"].nunique(),
        "n_volumes": len(known),
        "mean": found.value,
        "low": found.low,
        "high": found.high,
        "lowest": values.min() if len(values) else None,
        "highest": values.max() if len(values) else None,
        "method": found.method,
        "reason": "; ".join([*reasons, *([found.reason] if found.reason else [])]),
    }


def _estimate(
    known: pd.DataFrame,
    values: np.ndarray[Any, Any],
    sequence: str,
    measure: str,
    seed: int,
    n_resamples: int,
) -> Estimate:
    if not len(values):
        return Estimate(None, None, None, 0, "mean", "no volume has a value")
    mean: Callable[[Rows], float] = lambda rows: float(values[rows].mean())  # noqa: E731
    rng = np.random.default_rng(seed_of(seed, "masks", sequence, measure))
    return cluster_bootstrap(
        known["patient_id"].to_numpy(str), mean, rng=rng, n_resamples=n_resamples
    )
