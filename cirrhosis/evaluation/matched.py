"""Each model at each reader's specificity, and at each reader's sensitivity."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.call_measures import measure_call
from cirrhosis.evaluation.cut_off import OWN_CALL
from cirrhosis.evaluation.judges import Judge, Judges, explain_optimism, list_selected, read_judges
from cirrhosis.evaluation.pair_tests import compare_calls, name_interval
from cirrhosis.evaluation.patient_scores import RUN_KEYS, SharedPatients, intersect
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.thresholds import threshold_at_sensitivity, threshold_at_specificity

SAME_ROWS, TRAINING_ROWS = "same_rows", "training_out_of_fold"
# What is matched, what is then compared, and how the threshold is found.
MATCHES = {
    "specificity": ("sensitivity", threshold_at_specificity),
    "sensitivity": ("specificity", threshold_at_sensitivity),
}
COLUMNS = [
    *RUN_KEYS,
    "model",
    "reader",
    "split",
    "protocol",
    "n",
    "n_positive",
    "matched_on",
    "reader_matched",
    "model_matched",
    "threshold",
    "threshold_from",
    "compared",
    "compared_n",
    "value",
    "low",
    "high",
    "reader_value",
    "reader_low",
    "reader_high",
    "interval_method",
    "difference",
    "difference_low",
    "difference_high",
    "difference_method",
    "p",
    "method",
    "pooled_or_within",
    "selected_on_same_rows",
    "selected",
    "reason",
]

Row = dict[str, Any]


class _Threshold(NamedTuple):
    value: float | None
    source: str
    reason: str | None


def match_readers(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Compare models with readers at equal specificity, and at equal sensitivity.

    A reader is one point of the ROC plane, so comparing areas is not fair to either. Here
    the model's threshold is moved to the lowest that keeps the reader's specificity, and
    the sensitivities are compared by McNemar on the patients that both judged; and the
    reverse. The threshold is found twice: on the split itself (`threshold_from` is
    `same_rows`, and the row says that it was selected there), and, for test splits, on
    training rows at the reader's training rate, where the reader has calls there.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model, reader, split, matched rate and source of the threshold.
        `difference` is model minus reader.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | row
        for keys, judges in read_judges(predictions, settings=settings)
        for model, reader in _list_pairs(judges, settings)
        for row in _match(judges[model], judges[reader], settings)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _list_pairs(judges: Judges, settings: EvaluationSettings) -> list[tuple[str, str]]:
    joined = settings.comparators.joined
    is_call = {name: any(one.cut_off.is_call for one in of.values()) for name, of in judges.items()}
    readers = [
        name
        for name, of_model in judges.items()
        if name not in joined and all(one.cut_off.source == OWN_CALL for one in of_model.values())
    ]
    return [(model, reader) for model in judges if not is_call[model] for reader in readers]


def _match(
    model: dict[str, Judge], reader: dict[str, Judge], settings: EvaluationSettings
) -> Iterator[Row]:
    shared = {
        split: intersect(judge.scores, reader[split].scores)
        for split, judge in model.items()
        if split in reader
    }
    shared = {split: one for split, one in shared.items() if len(one.y_true)}
    for split, rows in shared.items():
        for matched in MATCHES:
            thresholds = [_find_threshold(rows, matched, source=SAME_ROWS)]
            if split != TRAINING and TRAINING in shared:
                training = shared[TRAINING]
                thresholds.append(_find_threshold(training, matched, source=TRAINING_ROWS))
            for threshold in thresholds:
                head = _describe(model[split], reader[split], rows, threshold=threshold)
                yield head | _compare(rows, matched, threshold=threshold, settings=settings)


def _find_threshold(shared: SharedPatients, matched: str, *, source: str) -> _Threshold:
    right = shared.y_true == (1 if matched == "sensitivity" else 0)
    if not right.any():
        return _Threshold(None, source, "a class is absent")
    # The same quotient of counts that the search compares with.
    n_correct = int((_call(shared.second)[right] == shared.y_true[right]).sum())
    target = n_correct / int(right.sum())
    if target == 0:
        return _Threshold(None, source, f"the reader's {matched} is 0: nothing to match")
    found = MATCHES[matched][1](shared.y_true, shared.first, target=target)
    return _Threshold(found.threshold, source, found.reason)


def _describe(model: Judge, reader: Judge, shared: SharedPatients, *, threshold: _Threshold) -> Row:
    here = threshold.source == SAME_ROWS
    others = [name for name in list_selected(model) if name != "threshold"]
    selected = (["threshold"] if here else []) + others
    optimism = explain_optimism(model)
    return {
        "model": model.model,
        "reader": reader.model,
        "split": model.split,
        "protocol": model.scores.protocol,
        "n": len(shared.y_true),
        "n_positive": int(shared.y_true.sum()),
        "threshold": threshold.value,
        "threshold_from": threshold.source,
        "pooled_or_within": "pooled",
        "selected_on_same_rows": bool(selected),
        "selected": "+".join(selected),
        "reason": "; ".join(filter(None, (threshold.reason, optimism))),
    }


def _compare(
    shared: SharedPatients, matched: str, *, threshold: _Threshold, settings: EvaluationSettings
) -> Row:
    compared = MATCHES[matched][0]
    of_reader = _call(shared.second)
    rate = measure_call(compared, shared.y_true, of_reader, settings=settings)
    row: Row = {
        "matched_on": matched,
        "compared": compared,
        "compared_n": rate.n,
        "reader_matched": measure_call(matched, shared.y_true, of_reader, settings=settings).value,
        "reader_value": rate.value,
        "reader_low": rate.low,
        "reader_high": rate.high,
        "interval_method": rate.method,
    }
    if threshold.value is None:
        return row
    of_model = (shared.first >= threshold.value).astype(np.int64)
    own = measure_call(compared, shared.y_true, of_model, settings=settings)
    test = compare_calls(compared, shared.y_true, of_model, of_reader, settings=settings)
    return row | {
        "model_matched": measure_call(matched, shared.y_true, of_model, settings=settings).value,
        "value": own.value,
        "low": own.low,
        "high": own.high,
        "difference": test.difference,
        "difference_low": test.low,
        "difference_high": test.high,
        "difference_method": name_interval(compared, test),
        "p": test.p_value,
        "method": test.method,
    }


def _call(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    return (scores >= 0.5).astype(np.int64)
