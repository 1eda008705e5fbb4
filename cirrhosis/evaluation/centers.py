"""Every model in every centre, and whether the centres differ by more than chance."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.cells import measure_cell
from cirrhosis.evaluation.center_spread import (
    SCALES,
    CenterEstimate,
    estimate_area_error,
    estimate_error,
    pool_centers,
)
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.facts import included
from cirrhosis.evaluation.judged_patients import (
    JudgedSplit,
    list_judged_splits,
    look_up,
    pool_tests,
    select,
)
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.subgroup_levels import Levels, assign_levels
from cirrhosis.evaluation.subgroup_settings import SubgroupVariable
from cirrhosis.statistics.calibration import (
    calibration_in_the_large,
    calibration_slope,
    observed_to_expected,
)
from cirrhosis.statistics.delong import delong_covariance

CALIBRATION = ("observed_to_expected", "calibration_slope", "calibration_in_the_large")
MISSING = "missing"


class Centers(NamedTuple):
    """Tables by centre.

    Attributes:
        centers: A row per run, model, split and centre.
        heterogeneity: A row per run, model, split and measure.
    """

    centers: pd.DataFrame
    heterogeneity: pd.DataFrame


class _Center(NamedTuple):
    row: Row
    estimates: dict[str, CenterEstimate]


def evaluate_centers(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> Centers:
    """Estimate each model in each centre, and the spread between centres.

    Under a split that leaves one centre out, a training row is predicted by a model that
    never saw the centre: `center_unseen` says so, as it does for a test centre that has no
    training patient. Patients without a centre are the row `missing`.

    Args:
        predictions: Rows of several models of one or more runs.
        facts: What is known of each patient, from `join_facts`.
        settings: Choices of the evaluation; `centers` and `cells` matter here.

    Returns:
        `centers`: counts, area, sensitivity, specificity, O:E, calibration slope and
        calibration in the large with intervals; centres below the limits of
        `settings.cells` have counts only, and only probabilities have a calibration.
        `heterogeneity`: of each measure Cochran's Q, I squared, tau squared, the
        random-effects mean and the interval of a new centre. All test splits together are
        the split `all_tests`.

    Raises:
        ContractError: If a table breaks its contract, a patient has no facts, or the
            centre's column is unknown.
    """
    variable = SubgroupVariable(settings.centers.column, name="center")
    levels = assign_levels(facts, variable, maximum_levels=len(facts))
    found = list_judged_splits(predictions, models=settings.centers.models, settings=settings)
    if settings.centers.with_all_tests:
        found += _pool_splits(found)
    centers: list[Row] = []
    spreads: list[Row] = []
    for judged in found:
        measured = list(_measure_centers(judged, facts, levels, settings))
        centers += [one.row for one in measured]
        known = [one for one in measured if one.row["center"] != MISSING]
        spreads += [_pool(judged, measure, known, settings) for measure in SCALES]
    return Centers(pd.DataFrame(centers), pd.DataFrame(spreads))


def _pool_splits(found: list[JudgedSplit]) -> list[JudgedSplit]:
    pooled = {}
    for judged in found:
        judge = pool_tests(judged.judges[judged.judge.model])
        if judge is not None:
            pooled[(*judged.keys.values(), judge.model)] = judged._replace(judge=judge)
    return list(pooled.values())


def _measure_centers(
    judged: JudgedSplit, facts: pd.DataFrame, levels: Levels, settings: EvaluationSettings
) -> Iterator[_Center]:
    scores = judged.judge.scores
    own = levels.of_patient.loc[look_up(facts, scores).index].fillna(MISSING).to_numpy(dtype=str)
    seen = _list_seen(facts, levels, is_training=judged.judge.split == TRAINING)
    for center in (*levels.order, MISSING):
        if center in own:
            head = {"center": center, "center_unseen": center not in seen}
            reasons = [*filter(None, (levels.reason,)), *judged.explain()]
            yield _measure(judged, select(scores, own == center), head, settings, reasons)


def _list_seen(facts: pd.DataFrame, levels: Levels, *, is_training: bool) -> set[str]:
    """Return centres of which a model that predicts the split saw other patients."""
    training = included(facts).query("split == @TRAINING")
    n_folds = training.groupby(levels.of_patient.loc[training.index])["fold"].nunique()
    # A training patient is predicted by the model that saw all folds but the patient's own.
    return {MISSING, *n_folds.index[n_folds > int(is_training)]}


def _measure(
    judged: JudgedSplit,
    scores: PatientScores,
    head: Row,
    settings: EvaluationSettings,
    reasons: list[str],
) -> _Center:
    row = judged.name() | head | judged.describe()
    row |= measure_cell(scores, judged.judge.cut_off, settings=settings, reasons=reasons)
    row |= _calibrate(scores, bool(row["suppressed"]), settings, reasons)
    level = settings.confidence_level
    estimates = {
        measure: estimate_error(
            row[measure],
            row[f"{measure}_low"],
            row[f"{measure}_high"],
            measure=measure,
            confidence_level=level,
        )
        for measure in CALIBRATION
    }
    variance = None if row["auroc"] is None else _find_variance(scores)
    estimates["auroc"] = estimate_area_error(row["auroc"], variance)
    return _Center(row | {"reason": "; ".join(reasons)}, estimates)


def _find_variance(scores: PatientScores) -> float | None:
    covariance = delong_covariance(scores.y_true, scores.y_score).covariance
    return None if covariance is None else float(covariance[0, 0])


def _calibrate(
    scores: PatientScores, is_suppressed: bool, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    if is_suppressed or scores.score_kind != "probability":
        return {k: v for name in CALIBRATION for k, v in leave_empty(name).items()}
    columns: tuple[NDArray[np.int64], NDArray[np.float64]] = (scores.y_true, scores.y_score)
    level, clip = settings.confidence_level, settings.probability_clip
    ratio = observed_to_expected(*columns, confidence_level=level)
    slope = calibration_slope(*columns, clip=clip, confidence_level=level)
    shift = calibration_in_the_large(*columns, clip=clip, confidence_level=level)
    found = zip(CALIBRATION, (ratio, slope, shift), strict=True)
    return {k: v for name, one in found for k, v in spread(name, one, reasons).items()}


def _pool(
    judged: JudgedSplit, measure: str, centers: list[_Center], settings: EvaluationSettings
) -> Row:
    estimates = [center.estimates[measure] for center in centers]
    usable = [one.row for one in centers if one.estimates[measure].error is not None]
    row = judged.name() | {"measure": measure} | judged.describe()
    row |= {
        "n": sum(int(one["n"]) for one in usable),
        "n_positive": sum(int(one["n_positive"]) for one in usable),
    }
    return row | pool_centers(measure, estimates, confidence_level=settings.confidence_level)
