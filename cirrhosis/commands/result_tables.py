"""Every result table, by the name of its file; the order is that of the page."""

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from cirrhosis.cohort.partition import describe_balance
from cirrhosis.commands.result_sources import Sources
from cirrhosis.evaluation.baseline import describe_baseline
from cirrhosis.evaluation.calibration_curves import calibration_points
from cirrhosis.evaluation.centers import evaluate_centers
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.comparators import describe_comparators
from cirrhosis.evaluation.comparisons import compare_models
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.decision_curves import decision_points
from cirrhosis.evaluation.derived_columns import derive_columns
from cirrhosis.evaluation.intervals import describe_intervals
from cirrhosis.evaluation.label_cut_offs import compare_label_cut_offs
from cirrhosis.evaluation.losses import describe_losses
from cirrhosis.evaluation.matched import match_readers
from cirrhosis.evaluation.misclassified import list_misclassified
from cirrhosis.evaluation.operating_points import find_operating_points
from cirrhosis.evaluation.patient_flow import trace_patients
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.prevalence import project_predictive_values
from cirrhosis.evaluation.recalibration import recalibrate_models
from cirrhosis.evaluation.scanners import describe_scanners
from cirrhosis.evaluation.seed_spread import describe_seeds
from cirrhosis.evaluation.shift import describe_shift
from cirrhosis.evaluation.stages import evaluate_stages
from cirrhosis.evaluation.subgroups import evaluate_subgroups

Tables = dict[str, pd.DataFrame]
Step = Callable[[Sources], Tables]


def list_steps(sources: Sources) -> list[Step]:
    """Return what makes the tables; each step makes one or more of them."""
    of_networks = [] if sources.networks is None else [_compare_combinations]
    return [
        _describe_patients,
        _follow_patients,
        *of_networks,
        _evaluate_models,
        _compare_models,
        _choose_thresholds,
        _calibrate_models,
        _look_into_groups,
    ]


def make_tables(sources: Sources, steps: Iterable[Step]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each table with the name of its file."""
    for step in steps:
        yield from step(sources).items()


def _describe_patients(sources: Sources) -> Tables:
    facts, settings = sources.facts, sources.settings
    volumes = sources.cohort.volumes
    return {
        "balance": _name_folds(describe_balance(sources.splits.table), sources.fold_centers),
        "table1": describe_baseline(facts, settings=settings),
        "scanners": describe_scanners(facts, settings=settings, volumes=volumes, qc=sources.qc),
        "intervals": describe_intervals(facts, settings=settings),
        "shift": describe_shift(facts, settings=settings, predictions=sources.fused),
    }


def _name_folds(balance: pd.DataFrame, centers: dict[int, str]) -> pd.DataFrame:
    if not centers:
        return balance
    names = {str(fold): name for fold, name in centers.items()}
    return balance.assign(centers=balance["fold"].map(names))


def _follow_patients(sources: Sources) -> Tables:
    networks, fused = sources.networks, sources.fused
    chosen = None if networks is None else networks[networks["sequences"].isin(fused["sequences"])]
    flow = trace_patients(
        sources.facts,
        settings=sources.settings,
        exclusions=sources.exclusions,
        failures=sources.failures,
        left_out=sources.left_out,
        cnn=chosen,
        fused=fused,
        predictors=sources.predictors,
        labels=sources.labels,
    )
    losses = describe_losses(
        sources.facts,
        settings=sources.settings,
        failures=sources.failures,
        volumes=sources.cohort.volumes if len(sources.cohort.volumes) else None,
        predictors=sources.predictors,
        labels=sources.labels,
    )
    return {"flow": flow, "losses": losses}


def _compare_combinations(sources: Sources) -> Tables:
    assert sources.networks is not None
    assert sources.all_seeds is not None
    groups = sources.facts["group_id"]
    compared = compare_combinations(sources.networks, settings=sources.settings, groups=groups)
    tables = {"combinations": compared, "combination_seeds": describe_seeds(sources.all_seeds)}
    return tables if sources.runs is None else tables | {"combination_runs": sources.runs}


def _evaluate_models(sources: Sources) -> Tables:
    models, settings = sources.models, sources.settings
    described = describe_comparators(sources.fused, sources.facts, settings=settings)
    return {
        "comparators": described,
        "table2": evaluate_models(models, settings=settings),
        "roc": roc_points(models),
    }


def _compare_models(sources: Sources) -> Tables:
    models, settings = sources.models, sources.settings
    return {
        "comparisons": compare_models(models, settings=settings),
        "matched": match_readers(models, settings=settings),
    }


def _choose_thresholds(sources: Sources) -> Tables:
    models, settings = sources.models, sources.settings
    return {
        "operating_points": find_operating_points(models, settings=settings),
        "prevalence": project_predictive_values(models, settings=settings),
    }


def _calibrate_models(sources: Sources) -> Tables:
    models, settings = sources.models, sources.settings
    return {
        "calibration_curves": calibration_points(models, settings=settings),
        "decision_curves": decision_points(models, settings=settings),
        "recalibration": recalibrate_models(models, settings=settings),
    }


def _look_into_groups(sources: Sources) -> Tables:
    models, facts, settings = sources.models, sources.facts, sources.settings
    # Any column may make subgroups, scores such as the ALBI grade too.
    groups = evaluate_subgroups(models, derive_columns(facts), settings=settings)
    centers = evaluate_centers(models, facts, settings=settings)
    stages = evaluate_stages(models, facts, settings=settings)
    errors = list_misclassified(models, facts, settings=settings)
    return {
        "forest": groups.forest,
        "interactions": groups.interactions,
        "centers": centers.centers,
        "heterogeneity": centers.heterogeneity,
        "stages": stages.stages,
        "stage_contrasts": stages.contrasts,
        "label_cut_offs": compare_label_cut_offs(models, facts, settings=settings),
        "misclassified": errors.patients,
        "misclassified_differences": errors.differences,
    }
