"""Whoever judges patients, a model, a score or a reader: scores, cut-off, and honest marks."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.cut_off import CALL_AT_YOUDEN, CutOff, choose_cut_off
from cirrhosis.evaluation.patient_scores import PatientScores, Splits, read_runs
from cirrhosis.evaluation.settings import EvaluationSettings

# Models whose sequence combination was chosen on training rows.
OF_COMBINATION = ("cnn", "combined")
NESTED_FUSION = "nested_fusion"
OPTIMISTIC = (
    "out-of-fold CNN scores of the fitting folds come from models that saw this fold:"
    " slightly optimistic, compare on test rows"
)
# What `describe_judge` returns, in its order.
JUDGE_COLUMNS = (
    "model",
    "split",
    "protocol",
    "score_kind",
    "n",
    "n_positive",
    "pooled_or_within",
    "selected_on_same_rows",
    "selected",
)

Row = dict[str, Any]


class Judge(NamedTuple):
    """The scores of one model on one split, and the cut-off that makes them calls."""

    model: str
    split: str
    scores: PatientScores
    cut_off: CutOff

    @property
    def n_of_rarer_class(self) -> int:
        """Patients of the class that has fewer."""
        n_positive = int(self.scores.y_true.sum())
        return min(n_positive, len(self.scores.y_true) - n_positive)


# By model, then by split.
Judges = dict[str, dict[str, Judge]]


def read_judges(
    predictions: pd.DataFrame, *, settings: EvaluationSettings
) -> Iterator[tuple[Row, Judges]]:
    """Yield each run's keys and its judges by model and split.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    for keys, models in read_runs(predictions):
        judges: Judges = {}
        for model, splits in models.items():
            cut_off = choose_model_cut_off(model, splits, settings=settings)
            judges[model] = {
                split: Judge(model, split, scores, cut_off) for split, scores in splits.items()
            }
        yield keys, judges


def choose_model_cut_off(model: str, splits: Splits, *, settings: EvaluationSettings) -> CutOff:
    """Return the cut-off of a model: a fixed one of the configuration, else Youden's."""
    comparators = settings.comparators
    cut_off = choose_cut_off(splits, fixed=comparators.fixed_cut_offs.get(model))
    if model in comparators.joined and comparators.fixed_score_cut_off is None:
        return cut_off._replace(source=CALL_AT_YOUDEN)
    return cut_off


def describe_judge(judge: Judge, *, also_selected: tuple[str, ...] = ()) -> Row:
    """Return the columns that every table of judges shares.

    Args:
        judge: A model on a split.
        also_selected: What the table itself chose on training rows beside the threshold.

    Returns:
        `model`, `split`, `protocol`, `score_kind`, `n`, `n_positive`, `pooled_or_within`,
        `selected_on_same_rows` and `selected`, which names what was chosen on these rows.
    """
    scores = judge.scores
    selected = list_selected(judge, also_selected=also_selected)
    return {
        "model": judge.model,
        "split": judge.split,
        "protocol": scores.protocol,
        "score_kind": scores.score_kind,
        "n": len(scores.y_true),
        "n_positive": int(scores.y_true.sum()),
        "pooled_or_within": "pooled",
        "selected_on_same_rows": bool(selected),
        "selected": "+".join(selected),
    }


def list_selected(judge: Judge, *, also_selected: tuple[str, ...] = ()) -> list[str]:
    """Return what was chosen on the judge's rows: nothing on test rows."""
    if judge.split != TRAINING:
        return []
    selected = ["threshold"] if judge.cut_off.is_chosen_on_training else []
    if judge.scores.protocol == "paper":
        selected.append("epoch")
    if judge.model in OF_COMBINATION:
        selected.append("combination")
    return [*selected, *also_selected]


def explain_optimism(judge: Judge) -> str | None:
    """Return why training rows of the combined model flatter it; None where nothing does.

    Forests that were fitted on scores of networks which saw neither the patient nor the
    held-out fold (protocol `nested_fusion`) are not flattered.
    """
    is_nested = judge.scores.protocol == NESTED_FUSION
    if judge.split == TRAINING and judge.model == "combined" and not is_nested:
        return OPTIMISTIC
    return None
