"""What a fit gives; a process that only watches one reads it without torch."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Fitted:
    """What a fit gives.

    Attributes:
        y_score: Probability per predicted patient.
        n_epochs: Epochs that were trained.
        n_before: How many of them before an interruption.
        best: Best AUROC of the stopping side; None where no side stops.
    """

    y_score: pd.Series
    n_epochs: int
    n_before: int
    best: float | None
