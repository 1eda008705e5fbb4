"""How well the patients of a test split can be told from those of training."""

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.estimates import Estimate

METHOD = "logistic_regression_out_of_fold"


def estimate_membership(
    reference: pd.DataFrame, group: pd.DataFrame, *, settings: EvaluationSettings
) -> Estimate:
    """Estimate the area with which the predictors tell `group` from `reference`.

    Estimand: the probability that a model that saw neither ranks a patient of `group` above
    one of `reference`; 0.5 means alike, 1 apart. Logistic regression with medians for gaps
    and scaled columns, all fitted inside the fold; groups of patients stay together. The
    interval is DeLong's of the pooled out-of-fold scores and leaves out that folds share
    patients. Under no shift pooled areas lie a little below 0.5.

    References:
        Debray et al. (2015), J Clin Epidemiol 68(3), 279-289 (membership model).

    Args:
        reference: Training patients; predictors of the settings and `group_id`.
        group: Patients of a test split, the same columns.
        settings: Predictors, folds and their seed.
    """
    wanted = settings.cohort.shift
    both = pd.concat([reference, group])
    names = [name for name in wanted.predictors if name in both and both[name].notna().any()]
    truth = np.repeat([0, 1], [len(reference), len(group)])
    fewest = min(len(reference), len(group))
    if not names or fewest < wanted.n_folds:
        reason = (
            "no predictor has a value"
            if not names
            else f"{wanted.n_folds} folds need as many patients on each side, found {fewest}"
        )
        return Estimate(None, None, None, len(both), METHOD, reason)
    values = both[names].to_numpy(dtype=float, na_value=np.nan)
    scores = np.zeros(len(both))
    folds = StratifiedGroupKFold(wanted.n_folds, shuffle=True, random_state=wanted.seed)
    for fitted, held_out in folds.split(values, truth, both["group_id"]):
        model = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            StandardScaler(),
            LogisticRegression(max_iter=1000),
        )
        model.fit(values[fitted], truth[fitted])
        scores[held_out] = model.predict_proba(values[held_out])[:, 1]
    area = auroc_interval(truth, scores, confidence_level=settings.confidence_level)
    method = f"{METHOD}_{area.method}"
    return Estimate(area.value, area.low, area.high, area.n, method, area.reason)
