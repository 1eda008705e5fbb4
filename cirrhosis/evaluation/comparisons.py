"""Every comparison of two judges on shared patients, one of them declared as primary."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cirrhosis.evaluation.call_measures import measure_call
from cirrhosis.evaluation.comparison_settings import MEASURES
from cirrhosis.evaluation.judges import (
    Judge,
    Judges,
    explain_optimism,
    list_selected,
    read_judges,
)
from cirrhosis.evaluation.pair_tests import compare_areas, compare_calls, name_interval
from cirrhosis.evaluation.patient_scores import RUN_KEYS, SharedPatients, intersect
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.discrimination import auroc
from cirrhosis.statistics.estimates import Comparison
from cirrhosis.statistics.multiplicity import adjust_p_values

OF_CALL = "an area of a yes/no call is its balanced accuracy"
COLUMNS = [
    *RUN_KEYS,
    "model",
    "against",
    "split",
    "measure",
    "protocol",
    "protocol_against",
    "n_shared",
    "n_positive",
    "n",
    "value",
    "value_against",
    "difference",
    "low",
    "high",
    "interval_method",
    "p",
    "method",
    "is_primary",
    "p_holm",
    "p_benjamini_hochberg",
    "n_family",
    "pooled_or_within",
    "selected_on_same_rows",
    "selected",
    "reason",
]

Row = dict[str, Any]
Names = tuple[str, str]


def compare_models(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Compare every model with every reference, split by split and measure by measure.

    Each pair is compared once, on the patients that both have. Areas by DeLong, or by
    permutation where one is 0 or 1; sensitivity, specificity and accuracy by McNemar;
    predictive values by the test of the settings. The comparison of `settings.primary` is
    marked and left alone; the p values of all other rows of its run are one family, with
    Holm's and Benjamini and Hochberg's adjustment. A primary comparison that the data does
    not have is a row with a reason.

    Args:
        predictions: Rows of several models of one or more runs, comparators included.
        settings: Choices of the evaluation.

    Returns:
        A row per run, pair, split and measure. `difference` is `model` minus `against`;
        `n` counts the patients that the test looks at (the positive ones for sensitivity).

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows: list[Row] = []
    for keys, judges in read_judges(predictions, settings=settings):
        found = [keys | row for row in _compare_run(judges, settings, name=_name_run(keys))]
        rows += _adjust(found)
    return pd.DataFrame(rows, columns=COLUMNS)


def _name_run(keys: Row) -> str:
    return "/".join(str(value) for value in keys.values())


def _compare_run(judges: Judges, settings: EvaluationSettings, *, name: str) -> Iterator[Row]:
    primary = settings.primary
    missing = True
    for model, against in _list_pairs(judges, settings):
        for split in judges[model]:
            if split not in judges[against]:
                continue
            pair = judges[model][split], judges[against][split]
            for row in _compare(*pair, settings=settings, name=name):
                wanted = (primary.model, primary.against, primary.split, primary.measure)
                is_primary = (model, against, split, row["measure"]) == wanted
                missing &= not is_primary
                yield row | {"is_primary": is_primary}
    if missing:
        yield _explain_missing(judges, settings)


def _list_pairs(judges: Judges, settings: EvaluationSettings) -> list[Names]:
    """Return each pair of present models once, in the direction in which it is first named."""
    primary = settings.primary
    wanted = [(primary.model, primary.against)]
    wanted += [(pair.model, pair.against) for pair in settings.pairs]
    wanted += [(model, against) for against in settings.references for model in judges]
    pairs: dict[frozenset[str], Names] = {}
    for model, against in wanted:
        if model != against and model in judges and against in judges:
            pairs.setdefault(frozenset((model, against)), (model, against))
    return list(pairs.values())


def _explain_missing(judges: Judges, settings: EvaluationSettings) -> Row:
    primary = settings.primary
    absent = [name for name in (primary.model, primary.against) if name not in judges]
    what = f"there is no model {' nor '.join(absent)}" if absent else "they share no patient"
    return {
        "model": primary.model,
        "against": primary.against,
        "split": primary.split,
        "measure": primary.measure,
        "n_shared": 0,
        "n": 0,
        "is_primary": True,
        "reason": f"the primary comparison cannot be made: {what} on {primary.split}",
    }


def _compare(
    first: Judge, second: Judge, *, settings: EvaluationSettings, name: str
) -> Iterator[Row]:
    shared = intersect(first.scores, second.scores)
    if not len(shared.y_true):
        return
    head = _describe(first, second, shared)
    optimism = explain_optimism(first) or explain_optimism(second)
    for measure in MEASURES:
        reasons = [optimism] if optimism else []
        if measure == "auroc":
            label = f"{name}/{first.model}/{second.model}/{first.split}"
            found = compare_areas(shared, settings=settings, name=label)
            values = [auroc(shared.y_true, one).value for one in (shared.first, shared.second)]
            if "call" in (first.scores.score_kind, second.scores.score_kind):
                reasons.append(OF_CALL)
        else:
            calls = first.cut_off.call(shared.first), second.cut_off.call(shared.second)
            found, values = _compare_calls(measure, shared, calls, settings=settings)
        row = head | {"measure": measure}
        yield row | _write(found, values, name=name_interval(measure, found), reasons=reasons)


def _compare_calls(
    measure: str, shared: SharedPatients, calls: tuple[Any, Any], *, settings: EvaluationSettings
) -> tuple[Comparison, list[float | None]]:
    first, second = calls
    if first is None or second is None:
        reason = "a model has no threshold"
        return Comparison(None, None, None, None, None, 0, "none", reason), [None, None]
    values = [measure_call(measure, shared.y_true, one, settings=settings).value for one in calls]
    return compare_calls(measure, shared.y_true, first, second, settings=settings), values


def _describe(first: Judge, second: Judge, shared: SharedPatients) -> Row:
    selected = list(dict.fromkeys((*list_selected(first), *list_selected(second))))
    return {
        "model": first.model,
        "against": second.model,
        "split": first.split,
        "protocol": first.scores.protocol,
        "protocol_against": second.scores.protocol,
        "n_shared": len(shared.y_true),
        "n_positive": int(shared.y_true.sum()),
        "pooled_or_within": "pooled",
        "selected_on_same_rows": bool(selected),
        "selected": "+".join(selected),
    }


def _write(found: Comparison, values: list[float | None], *, name: str, reasons: list[str]) -> Row:
    return {
        "n": found.n,
        "value": values[0],
        "value_against": values[1],
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "interval_method": name,
        "p": found.p_value,
        "method": found.method,
        "reason": "; ".join([*filter(None, (found.reason,)), *reasons]),
    }


def _adjust(rows: list[Row]) -> list[Row]:
    p_values = [None if row["is_primary"] else row["p"] for row in rows]
    adjusted = zip(
        adjust_p_values(p_values, method="holm"),
        adjust_p_values(p_values, method="benjamini_hochberg"),
        strict=True,
    )
    n_family = sum(p is not None for p in p_values)
    return [
        row
        | {"p_holm": holm, "p_benjamini_hochberg": by_rate}
        | {"n_family": None if row["is_primary"] else n_family}
        for row, (holm, by_rate) in zip(rows, adjusted, strict=True)
    ]
