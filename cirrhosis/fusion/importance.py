"""How much each variable counts in the forest of a fold."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from cirrhosis.fusion.calibration import CalibratedForest
from cirrhosis.fusion.collinearity_filter import describe_drop, strength
from cirrhosis.fusion.forest import score_rows
from cirrhosis.statistics.discrimination import auroc


def measure_importance(
    pipeline: Pipeline,
    variables: pd.DataFrame,
    y_true: NDArray[np.int64],
    *,
    n_repeats: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the Gini and the permutation importance of each variable.

    Args:
        pipeline: A fitted forest.
        variables: Rows that the forest was not fitted on.
        y_true: Their classes.
        n_repeats: Shuffles per variable.
        rng: Random generator of the shuffles.

    Returns:
        Columns variable; gini (0 for a variable that was not selected) and gini_sd over the
        trees; permutation: the mean fall of the area under the ROC curve when the variable
        is shuffled, and permutation_sd over the shuffles; n and n_positive of the rows,
        n_repeats, and reason: why the permutation importance is empty.

    References:
        Breiman (2001), Machine Learning 45(1), 5-32.
    """
    chosen = _selected(pipeline)
    gini = pd.DataFrame(0.0, index=variables.columns, columns=["gini", "gini_sd"])
    gini.loc[chosen, "gini"] = pipeline["forest"].feature_importances_
    gini.loc[chosen, "gini_sd"] = _spread_of_trees(pipeline)
    whole = auroc(y_true, score_rows(pipeline, variables))
    # A variable that was not selected cannot change a score.
    nothing = (0.0, 0.0) if whole.value is not None else (None, None)
    falls: dict[str, tuple[float | None, float | None]] = dict.fromkeys(variables.columns, nothing)
    if whole.value is not None:
        falls |= _measure_falls(
            pipeline, variables, y_true, names=chosen, n_repeats=n_repeats, rng=rng
        )
    means, spreads = zip(*falls.values(), strict=True)
    return pd.DataFrame(
        {
            "variable": variables.columns,
            "gini": gini["gini"].to_numpy(),
            "gini_sd": gini["gini_sd"].to_numpy(),
            "permutation": pd.array(means, dtype="Float64"),
            "permutation_sd": pd.array(spreads, dtype="Float64"),
            "n": len(y_true),
            "n_positive": int(y_true.sum()),
            "n_repeats": n_repeats,
            "reason": whole.reason or "",
        }
    )


def describe_collinearity(
    pipeline: Pipeline, variables: pd.DataFrame, y_true: NDArray[np.int64]
) -> pd.DataFrame:
    """Return the collinearity table of a fold's fitting rows.

    Returns:
        Columns variable, vif, beta_per_sd (absolute, of univariable logistic regression),
        kept by the rule, reason why not, selected for the forest, n and n_positive.
    """
    step = pipeline["collinearity"]
    values = variables
    if "imputation" in pipeline.named_steps:
        values = pd.DataFrame(
            pipeline["imputation"].transform(variables), columns=variables.columns
        )
    return pd.DataFrame(
        {
            "variable": variables.columns,
            "vif": step.vif_,
            "beta_per_sd": [strength(values[name], y_true) for name in variables.columns],
            "kept": step.get_support(),
            "reason": [describe_drop(vif, step.limit) for vif in step.vif_at_drop_],
            "selected": variables.columns.isin(_selected(pipeline)),
            "n": len(y_true),
            "n_positive": int(y_true.sum()),
        }
    )


def _selected(pipeline: Pipeline) -> list[str]:
    names = pipeline.feature_names_in_[pipeline["collinearity"].get_support()]
    return [str(name) for name in names[pipeline["selection"].get_support()]]


def _spread_of_trees(pipeline: Pipeline) -> NDArray[np.float64]:
    last = pipeline["forest"]
    forest = last.forest if isinstance(last, CalibratedForest) else last
    trees = [tree.feature_importances_ for tree in forest.estimators_]
    return np.std(trees, axis=0, ddof=1) if len(trees) > 1 else np.zeros(forest.n_features_in_)


def _measure_falls(
    pipeline: Pipeline,
    variables: pd.DataFrame,
    y_true: NDArray[np.int64],
    *,
    names: list[str],
    n_repeats: int,
    rng: np.random.Generator,
) -> dict[str, tuple[float | None, float | None]]:
    """Return mean and spread of the area's fall per variable; the forest is called once."""
    copies = [variables]
    for name in names:
        column = variables[name].to_numpy()
        copies += [variables.assign(**{name: rng.permutation(column)}) for _ in range(n_repeats)]
    scores = score_rows(pipeline, pd.concat(copies, ignore_index=True))
    whole, *areas = (auroc(y_true, row).value or 0.0 for row in scores.reshape(-1, len(y_true)))
    falls = whole - np.reshape(areas, (len(names), n_repeats))
    spread = [float(row.std(ddof=1)) if n_repeats > 1 else None for row in falls]
    return {
        name: (float(row.mean()), sd) for name, row, sd in zip(names, falls, spread, strict=True)
    }
