"""Curves of the evaluation as trackers draw them: lines over one common axis."""

import numpy as np
import pandas as pd

from cirrhosis.evaluation.calibration_curves import SMOOTH

FALSE_POSITIVE_RATE = "roc/false_positive_rate"
PREDICTED = "calibration/predicted"
N_POINTS = 101


def draw_roc(points: pd.DataFrame, names: "pd.Series[str]") -> pd.DataFrame:
    """Return ROC curves over one axis, vertices joined by straight lines.

    Args:
        points: Of `roc_points`.
        names: Of the line that each point belongs to.
    """
    axis = np.linspace(0, 1, N_POINTS)
    lines = {
        f"roc/{name}": np.interp(axis, *_upper(curve))
        for name, curve in points.groupby(names, sort=True)
    }
    return pd.DataFrame({FALSE_POSITIVE_RATE: axis} | lines)


def draw_calibration(points: pd.DataFrame) -> pd.DataFrame:
    """Return the smooth calibration curve of one model; empty where it has none.

    Args:
        points: Of `calibration_points`.
    """
    smooth = points[points["kind"] == SMOOTH]
    return pd.DataFrame(
        {PREDICTED: smooth["predicted"], "calibration/observed": smooth["observed"]}
    )


def _upper(curve: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    # Where the curve rises straight up, its upper end is the point of that rate.
    highest = curve.groupby("fpr", sort=True)["tpr"].max()
    return highest.index.to_series(), highest
