"""How much each variable counts in the forest of a fold."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

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
        Columns variable, gini (0 for a variable that was not selected), permutation: the
        mean fall of the area under the ROC curve when the variable is shuffled, and
        reason: why that is empty.
    """
    gini = pd.Series(0.0, index=variables.columns)
    chosen = variables.columns[pipeline["collinearity"].get_support()]
    chosen = chosen[pipeline["selection"].get_support()]
    gini[chosen] = pipeline["forest"].feature_importances_
    whole = auroc(y_true, score_rows(pipeline, variables))
    # A variable that was not selected cannot change a score.
    falls = dict.fromkeys(variables.columns, 0.0 if whole.value is not None else None)
    if whole.value is not None:
        falls |= _measure_falls(
            pipeline, variables, y_true, names=list(chosen), n_repeats=n_repeats, rng=rng
        )
    return pd.DataFrame(
        {
            "variable": variables.columns,
            "gini": gini.to_numpy(),
            "permutation": pd.array(list(falls.values()), dtype="Float64"),
            "n": len(y_true),
            "reason": whole.reason or "",
        }
    )


def describe_collinearity(
    pipeline: Pipeline, variables: pd.DataFrame, y_true: NDArray[np.int64]
) -> pd.DataFrame:
    """Return the collinearity table of a fold's fitting rows.

    Returns:
        Columns variable, vif, beta_per_sd (absolute), kept and reason.
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
        }
    )


def _measure_falls(
    pipeline: Pipeline,
    variables: pd.DataFrame,
    y_true: NDArray[np.int64],
    *,
    names: list[str],
    n_repeats: int,
    rng: np.random.Generator,
) -> dict[str, float | None]:
    """Return the mean fall of the area per shuffled variable; the forest is called once."""
    copies = [variables]
    for name in names:
        column = variables[name].to_numpy()
        copies += [variables.assign(**{name: rng.permutation(column)}) for _ in range(n_repeats)]
    scores = score_rows(pipeline, pd.concat(copies, ignore_index=True))
    whole, *areas = (auroc(y_true, row).value or 0.0 for row in scores.reshape(-1, len(y_true)))
    of_name = np.reshape(areas, (len(names), n_repeats))
    return {name: whole - float(row.mean()) for name, row in zip(names, of_name, strict=True)}
