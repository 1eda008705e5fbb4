"""Models on their splits, groups of their patients, and what is known of these."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.judges import (
    Judge,
    Judges,
    Row,
    describe_judge,
    explain_optimism,
    read_judges,
)
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.settings import EvaluationSettings

ALL_TESTS = "all_tests"


class JudgedSplit(NamedTuple):
    """A model on a split of one run.

    Attributes:
        keys: What names the run.
        judge: The model's scores on the split and its cut-off.
        judges: Every model of the run.
    """

    keys: Row
    judge: Judge
    judges: Judges

    def name(self) -> Row:
        """Return the columns that name the run, the model and the split."""
        return self.keys | {"model": self.judge.model, "split": self.judge.split}

    def label(self) -> tuple[str, ...]:
        """Return the same as text; seeds depend on it."""
        return tuple(str(value) for value in self.name().values())

    def explain(self) -> list[str]:
        """Return what the reason of every row of this model and split begins with."""
        optimism = explain_optimism(self.judge)
        return [f"auroc: {optimism}"] if optimism else []

    def describe(self) -> Row:
        """Return the columns that name the row, its counts, and where its threshold is from."""
        cut_off = self.judge.cut_off
        found = {"threshold": cut_off.threshold, "threshold_source": cut_off.source}
        return self.keys | describe_judge(self.judge) | found


def list_judged_splits(
    predictions: pd.DataFrame, *, models: tuple[str, ...], settings: EvaluationSettings
) -> list[JudgedSplit]:
    """Return the named models of every run, split by split.

    Args:
        predictions: Rows of several models of one or more runs.
        models: Names of models; none means all. A run that has none of them, such as one
            of blood tests alone, is looked at with all its models that give probabilities,
            or with all it has.
        settings: Choices of the evaluation.

    Raises:
        ContractError: If the table breaks its contract.
    """
    return [
        JudgedSplit(keys, judge, judges)
        for keys, judges in read_judges(predictions, settings=settings)
        for model in _choose(judges, models)
        for judge in judges[model].values()
    ]


def _choose(judges: Judges, models: tuple[str, ...]) -> list[str]:
    present = [model for model in models if model in judges]
    if present or not models:
        return present or list(judges)
    of_risk = [model for model, splits in judges.items() if _gives_probabilities(splits)]
    return of_risk or list(judges)


def _gives_probabilities(splits: dict[str, Judge]) -> bool:
    return all(judge.scores.score_kind == "probability" for judge in splits.values())


def select(scores: PatientScores, rows: NDArray[np.bool_]) -> PatientScores:
    """Return the scores of some of the patients, `rows` being true for them."""
    return scores._replace(
        patient_id=scores.patient_id[rows],
        y_true=scores.y_true[rows],
        y_score=scores.y_score[rows],
        fold=scores.fold[rows],
    )


def pool_tests(splits: dict[str, Judge]) -> Judge | None:
    """Return all test patients of a model together; None with fewer than two test splits.

    Every test score is a mean over the same models, so scores of different test splits
    can be ranked together; training scores cannot join them, one model each gave those.
    """
    tests = [judge for split, judge in splits.items() if split != TRAINING]
    if len(tests) < 2:
        return None
    scores = tests[0].scores._replace(
        patient_id=np.concatenate([one.scores.patient_id for one in tests]),
        y_true=np.concatenate([one.scores.y_true for one in tests]),
        y_score=np.concatenate([one.scores.y_score for one in tests]),
        fold=np.concatenate([one.scores.fold for one in tests]),
    )
    return tests[0]._replace(split=ALL_TESTS, scores=scores)


def look_up(facts: pd.DataFrame, scores: PatientScores) -> pd.DataFrame:
    """Return the facts of the patients of `scores`, in their order.

    Raises:
        ContractError: If a patient has predictions but no facts.
    """
    strangers = sorted(set(scores.patient_id) - set(facts.index))
    if strangers:
        raise ContractError(
            f"expected every predicted patient in the clinical table, but {len(strangers)} are"
            f" absent: {first(strangers)}. Evaluate with the cohort that was predicted."
        )
    return facts.loc[list(scores.patient_id)]
