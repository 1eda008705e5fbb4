"""What a statistic accepts: labels of two classes, finite scores, equal lengths."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
ObjectArray = NDArray[Any]


def read_labels(values: ArrayLike, *, name: str = "y_true") -> BoolArray:
    """Return 0/1 labels as booleans.

    Raises:
        ValueError: If the values are not one column of 0 and 1 without gaps.
    """
    labels = np.atleast_1d(np.asarray(values))
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(
            f"expected {name} as one non-empty column, found shape {labels.shape};"
            " give one label per patient"
        )
    if labels.dtype == np.bool_:
        return labels
    if labels.dtype.kind in "iuf":
        wrong = labels[(labels != 0) & (labels != 1)].tolist()
    else:
        wrong = [value for value in labels.tolist() if value not in (0, 1)]
    if wrong:
        raise ValueError(
            f"expected {name} to hold only 0 and 1, but {len(wrong)} values differ:"
            f" {_name_up_to_three(wrong)}; drop missing values and code the positive class as 1"
        )
    return labels.astype(bool)


def read_scores(values: ArrayLike, *, like: BoolArray, name: str = "y_score") -> FloatArray:
    """Return scores as finite floats, one for each label in `like`.

    Raises:
        ValueError: If the lengths differ or a score is missing or infinite.
    """
    scores = np.atleast_1d(np.asarray(values, dtype=np.float64))
    _check_length(scores, like=like, name=name)
    wrong = np.flatnonzero(~np.isfinite(scores))
    if wrong.size:
        raise ValueError(
            f"expected {name} to be finite, but {wrong.size} values are not, at positions"
            f" {_name_up_to_three(wrong.tolist())}; drop or impute these patients first"
        )
    return scores


def read_probabilities(values: ArrayLike, *, like: BoolArray) -> FloatArray:
    """Return probabilities in [0, 1], one for each label in `like`.

    Raises:
        ValueError: If a value is outside [0, 1], missing, or the lengths differ.
    """
    probabilities = read_scores(values, like=like, name="y_prob")
    wrong = probabilities[(probabilities < 0) | (probabilities > 1)]
    if wrong.size:
        raise ValueError(
            f"expected y_prob in [0, 1], but {wrong.size} values lie outside:"
            f" {_name_up_to_three(wrong.tolist())}; were logits given instead of probabilities?"
        )
    return probabilities


def read_log_odds(
    y_prob: ArrayLike, *, like: BoolArray, clip: float | None
) -> tuple[FloatArray | None, str | None]:
    """Return the logits of probabilities, or None, and what there is to say about them.

    Without `clip`, probabilities of 0 and 1 have none; with it they are moved by that much
    and counted.
    """
    probabilities = read_probabilities(y_prob, like=like)
    margin = 0.0 if clip is None else clip
    moved = int(((probabilities < margin) | (probabilities > 1 - margin)).sum())
    bounded = np.clip(probabilities, margin, 1 - margin)
    at_the_end = int(((bounded == 0) | (bounded == 1)).sum())
    if at_the_end:
        return None, f"{at_the_end} probabilities are 0 or 1, so their logit is infinite"
    reason = f"{moved} probabilities were moved to {margin:g} from 0 or 1" if moved else None
    return np.asarray(logit(bounded), dtype=np.float64), reason


def read_columns(values: ArrayLike, *, like: BoolArray) -> FloatArray:
    """Return a table of finite floats, one row for each label in `like`.

    Raises:
        ValueError: If the lengths differ, or a number is missing or infinite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0 or len(table) != like.size:
        raise ValueError(
            f"expected columns (n, k) with one row per label, found {table.shape} for"
            f" {like.shape}; align the columns by patient first"
        )
    n_gaps = int((~np.isfinite(table)).sum())
    if n_gaps:
        raise ValueError(
            f"expected columns to be finite, but {n_gaps} numbers are not; drop or impute"
            " these patients first"
        )
    return table


def read_groups(values: ArrayLike, *, like: BoolArray, name: str = "groups") -> ObjectArray:
    """Return group names, one for each label in `like`.

    Raises:
        ValueError: If the lengths differ or a group is missing.
    """
    groups = np.atleast_1d(np.asarray(values))
    _check_length(groups, like=like, name=name)
    # A missing value is the only one that differs from itself.
    missing = [at for at, value in enumerate(groups.tolist()) if value is None or value != value]
    if missing:
        raise ValueError(
            f"expected {name} without gaps, but {len(missing)} are missing, at positions"
            f" {_name_up_to_three(missing)}; give every patient a group"
        )
    return groups


def check_choice(value: str, *, known: Sequence[str], name: str) -> None:
    """Refuse a word that is not among the known ones.

    Raises:
        ValueError: If `value` is unknown; the text lists what is known.
    """
    if value not in known:
        raise ValueError(f"expected {name} to be one of {', '.join(known)}, found {value!r}")


def check_level(confidence_level: float) -> None:
    """Refuse a confidence level outside (0, 1).

    Raises:
        ValueError: If the level is 0 or less, or 1 or more (95 instead of 0.95).
    """
    if not 0 < confidence_level < 1:
        raise ValueError(
            f"expected confidence_level in (0, 1), found {confidence_level}; write 95 % as 0.95"
        )


def require_generator(rng: np.random.Generator | None, *, method: str) -> np.random.Generator:
    """Return the random generator that a method cannot do without.

    Raises:
        ValueError: If it is None.
    """
    if rng is None:
        raise ValueError(
            f"expected rng for method={method!r}, found None;"
            " give numpy.random.default_rng(seed) so that the result can be repeated"
        )
    return rng


def _check_length(values: ObjectArray, *, like: BoolArray, name: str) -> None:
    if values.shape != like.shape:
        raise ValueError(
            f"expected {name} with one value per label, found {values.shape} for {like.shape};"
            " align the columns by patient first"
        )


def _name_up_to_three(items: Sequence[object]) -> str:
    return ", ".join(repr(item) for item in items[:3]) + (", ..." if len(items) > 3 else "")
