"""The article's Fig. 6: every model in every subgroup, and whether the subgroups differ."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.evaluation.cells import measure_cell
from cirrhosis.evaluation.interactions import (
    Permutations,
    adjust_for_variables,
    compare_level_areas,
    compare_level_slopes,
)
from cirrhosis.evaluation.judged_patients import JudgedSplit, list_judged_splits, look_up, select
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.reference_in_group import compare_in_group
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.subgroup_levels import Levels, assign_levels
from cirrhosis.evaluation.subgroup_settings import SubgroupVariable
from cirrhosis.statistics.estimates import Comparison

OVERALL, MISSING = "overall", "missing"
TESTS = ("auroc_p", "slope_p")
REPEATED = tuple(
    f"{name}{part}"
    for name in TESTS
    for part in ("", "_method", "_n_tests", "_holm", "_benjamini_hochberg")
)


class Subgroups(NamedTuple):
    """Tables of the subgroup analysis.

    Attributes:
        forest: A row per run, model, split, variable and level.
        interactions: A row per run, model, split and variable.
    """

    forest: pd.DataFrame
    interactions: pd.DataFrame


class _Group(NamedTuple):
    level: str
    scores: PatientScores
    row: Row


def evaluate_subgroups(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> Subgroups:
    """Estimate each model in each subgroup, and test whether its levels differ.

    Groups below the limits of `settings.cells` keep their counts, have no estimate and
    take part in no test. Patients whose value is missing are a row of their own
    (`is_missing`) that no test looks at. P values are adjusted over the variables of one
    model on one split; they are exploratory, whatever they say.

    Args:
        predictions: Rows of several models of one or more runs.
        facts: What is known of each patient, from `join_facts`.
        settings: Choices of the evaluation; `subgroups` and `cells` matter here.

    Returns:
        `forest`: counts, area, sensitivity and specificity with intervals, the paired
        difference to the reference model (`model_difference`, this minus reference), and
        the variable's p values repeated on each of its rows. The first row of a model and
        split is `overall`. `interactions`: of each variable the test of equal areas
        (`auroc_...`) and of equal slopes of the score (`slope_...`), with
        the levels compared.

    Raises:
        ContractError: If a table breaks its contract, a patient has no facts, or a subgroup
            column is unknown.
    """
    chosen = settings.subgroups
    levels = {
        variable: assign_levels(facts, variable, maximum_levels=chosen.maximum_levels)
        for variable in chosen.all_variables
    }
    forest: list[Row] = []
    interactions: list[Row] = []
    for judged in list_judged_splits(predictions, models=chosen.models, settings=settings):
        patients = look_up(facts, judged.judge.scores).index
        found = {
            variable: _measure_levels(judged, patients, variable, one, settings)
            for variable, one in levels.items()
        }
        tests = [_compare(judged, variable, groups, settings) for variable, groups in found.items()]
        adjust_for_variables(tests, names=TESTS)
        forest.append(_measure_all(judged, settings))
        for test, groups in zip(tests, found.values(), strict=True):
            forest.extend(group.row | {name: test[name] for name in REPEATED} for group in groups)
        interactions.extend(tests)
    return Subgroups(pd.DataFrame(forest), pd.DataFrame(interactions))


def _measure_all(judged: JudgedSplit, settings: EvaluationSettings) -> Row:
    everyone = np.ones(len(judged.judge.scores.y_true), dtype=bool)
    names = {"variable": OVERALL, "column": "", "level": "all", "level_order": 0}
    row = _measure(judged, everyone, names | {"is_missing": False}, settings).row
    return row | dict.fromkeys(REPEATED)


def _measure_levels(
    judged: JudgedSplit,
    patients: pd.Index,
    variable: SubgroupVariable,
    levels: Levels,
    settings: EvaluationSettings,
) -> list[_Group]:
    level = levels.of_patient.loc[patients]
    groups = []
    for at, name in enumerate([*levels.order, None]):
        is_here = level.isna() if name is None else level.eq(name).fillna(False)
        if not is_here.any():
            continue
        names = _name(variable) | {
            "level": name or MISSING,
            "level_order": at,
            "is_missing": name is None,
        }
        group = _measure(judged, is_here.to_numpy(dtype=bool), names, settings)
        groups.append(_explain(group, levels.reason))
    return groups


def _explain(group: _Group, reason: str | None) -> _Group:
    if reason is None:
        return group
    reasons = [reason, group.row["reason"]]
    return group._replace(row=group.row | {"reason": "; ".join(filter(None, reasons))})


def _name(variable: SubgroupVariable) -> Row:
    return {"variable": variable.name or variable.column, "column": variable.column}


def _measure(
    judged: JudgedSplit, is_here: NDArray[np.bool_], names: Row, settings: EvaluationSettings
) -> _Group:
    scores = select(judged.judge.scores, is_here)
    reasons = judged.explain()
    row = judged.name() | names | judged.describe()
    row |= measure_cell(scores, judged.judge.cut_off, settings=settings, reasons=reasons)
    if settings.subgroups.compare_models:
        row |= compare_in_group(
            judged,
            scores,
            label=f"{names['variable']}/{names['level']}",
            is_suppressed=row["suppressed"],
            settings=settings,
            reasons=reasons,
        )
    return _Group(str(row["level"]), scores, row | {"reason": "; ".join(reasons)})


def _compare(
    judged: JudgedSplit,
    variable: SubgroupVariable,
    groups: list[_Group],
    settings: EvaluationSettings,
) -> Row:
    known = [group for group in groups if not group.row["is_missing"]]
    compared = [group for group in known if not group.row["suppressed"]]
    scores = [group.scores for group in compared]
    names = _name(variable)
    seed = seed_of(settings.permutation_seed, *judged.label(), names["variable"])
    areas = compare_level_areas(
        scores,
        reference=settings.subgroups.unpaired_reference,
        permutations=Permutations(settings.n_permutations, seed),
        confidence_level=settings.confidence_level,
    )
    slopes = compare_level_slopes(scores, clip=settings.probability_clip)
    row = judged.name() | names | judged.describe()
    row |= {
        "n": areas.n,
        "n_positive": int(sum(one.y_true.sum() for one in scores)),
        "n_levels": len(compared),
        "levels": " | ".join(group.level for group in compared),
        "n_suppressed": _count(known) - areas.n,
        "n_missing": _count(groups) - _count(known),
        "auroc_difference": areas.difference,
        "auroc_difference_low": areas.low,
        "auroc_difference_high": areas.high,
    }
    row |= _spread_test("auroc", areas) | _spread_test("slope", slopes)
    tests = {"auroc_p": areas, "slope_p": slopes}
    reasons = judged.explain()
    reasons += [f"{name}: {test.reason}" for name, test in tests.items() if test.reason]
    return row | {"reason": "; ".join(reasons)}


def _count(groups: list[_Group]) -> int:
    return sum(int(group.row["n"]) for group in groups)


def _spread_test(name: str, test: Comparison) -> Row:
    return {
        f"{name}_statistic": test.statistic,
        f"{name}_degrees_of_freedom": test.degrees_of_freedom,
        f"{name}_p": test.p_value,
        f"{name}_p_method": test.method,
    }
