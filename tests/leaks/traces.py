"""What was fitted for a fold, as plain arrays, and what of it a change elsewhere reached."""

import numpy as np
import pandas as pd

from cirrhosis.fusion.calibration import CalibratedForest


def find_influence(one, two, *, fold, same):
    """Return the names of what differs for a fold between two fusions.

    Args:
        one: Result of a fusion.
        two: Result with the same settings on an input that was changed where the fold's fit
            must not look.
        fold: Whose forests are compared.
        same: Patients whose own rows were not changed: their scores may not change either.
    """
    after = _trace(two, fold, same)
    return sorted(
        name for name, value in _trace(one, fold, same).items() if not _equal(value, after[name])
    )


def _trace(result, fold, same):
    trace = {}
    for model, pipelines in result.forests.items():
        steps = pipelines[fold].named_steps
        forest = steps["forest"]
        if isinstance(forest, CalibratedForest):
            trace[f"{model}: calibration"] = list(forest.mapping.__dict__.values())
            forest = forest.forest
        trees = [tree.tree_ for tree in forest.estimators_]
        trace[f"{model}: forest"] = [
            part for tree in trees for part in (tree.feature, tree.threshold, tree.value)
        ]
        trace[f"{model}: VIF filter"] = [steps["collinearity"].vif_, steps["collinearity"].support_]
        trace[f"{model}: selection"] = [steps["selection"].get_support()]
        if "imputation" in steps:
            trace[f"{model}: imputer"] = [steps["imputation"].statistics_]
        rows = result.predictions
        own = rows[(rows["model"] == model) & (rows["fold"] == fold)]
        scored = own[own["patient_id"].isin(same)].sort_values("patient_id")
        trace[f"{model}: scores of others"] = [scored["y_score"].to_numpy()]
        for name in ("collinearity", "choices"):
            table = getattr(result, name)
            part = table[(table["model"] == model) & (table["fold"] == fold)]
            trace[f"{model}: {name}"] = [part.to_csv(index=False)]
    return trace


def _equal(one, two):
    return len(one) == len(two) and all(
        np.array_equal(left, right, equal_nan=not isinstance(left, str) and _is_float(left))
        for left, right in zip(one, two, strict=True)
    )


def _is_float(values):
    return np.asarray(values).dtype.kind == "f"


def poison(cohort, chosen, predictors, seed=0):
    """Return the cohort with labels, scores and labs of the chosen patients made nonsense."""
    cnn, patients = cohort
    rng = np.random.default_rng(seed)
    names = set(chosen)
    rows, own = cnn["patient_id"].isin(names), patients["patient_id"].isin(names)
    nonsense = patients.copy()
    for column in predictors:
        values = rng.lognormal(4, 1, len(patients))
        values[rng.random(len(patients)) < 0.2] = np.nan
        nonsense[column] = patients[column].where(~own, pd.Series(values, index=patients.index))
    score = pd.Series(rng.random(len(cnn)), index=cnn.index)
    return (
        cnn.assign(
            y_true=cnn["y_true"].where(~rows, 1 - cnn["y_true"]),
            y_score=cnn["y_score"].where(~rows, score),
        ),
        nonsense,
    )
