"""Points of ROC curves, for drawing."""

import pandas as pd

from cirrhosis.evaluation.cut_off import ABSENT, CutOff
from cirrhosis.evaluation.judges import JUDGE_COLUMNS, Judge, describe_judge
from cirrhosis.evaluation.patient_scores import RUN_KEYS, read_runs
from cirrhosis.statistics.discrimination import roc_curve

COLUMNS = [*RUN_KEYS, *JUDGE_COLUMNS, "fpr", "tpr", "threshold"]
# A curve shows all cut-offs, so none was chosen for it.
NO_CUT_OFF = CutOff(None, ABSENT)


def roc_points(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return every point of every model's ROC curve.

    Training rows are pooled out-of-fold scores, test rows the mean over folds. A split
    with one class has no curve and no rows. The first threshold of a curve is infinite.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    curves = [
        pd.DataFrame(
            keys
            | describe_judge(Judge(model, split, scores, NO_CUT_OFF))
            | roc_curve(scores.y_true, scores.y_score)._asdict()
        )
        for keys, models in read_runs(predictions)
        for model, splits in models.items()
        for split, scores in splits.items()
        if 0 < scores.y_true.sum() < len(scores.y_true)
    ]
    if not curves:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(curves, ignore_index=True)[COLUMNS]
