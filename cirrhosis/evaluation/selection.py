"""What each rule chooses, how stable that is, and the chosen area without its luck."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.selection_bootstrap import RepeatedChoice, repeat_choice
from cirrhosis.evaluation.selection_measures import (
    Candidate,
    list_candidates,
    list_patients,
    measure,
)
from cirrhosis.evaluation.selection_rules import NOBODY, choose
from cirrhosis.evaluation.selection_settings import RULES
from cirrhosis.evaluation.settings import EvaluationSettings

METHOD = "percentiles_moved_by_optimism"
CORRECTION = (
    "optimism",
    "auroc_corrected",
    "auroc_corrected_low",
    "auroc_corrected_high",
    "auroc_corrected_method",
    "auroc_out_of_bag",
    "n_units",
    "correction_reason",
)


@dataclass(frozen=True)
class Choice:
    """What the rules choose among the combinations of one variant and seed.

    Attributes:
        by_rule: The chosen combination of each rule; None if no area is defined.
        shares: By combination: in which share of the resamples the deciding rule chooses it.
        n_resamples: Resamples in which the choice was repeated; None if it was not.
        correction: Columns `CORRECTION` of the chosen combination.
    """

    by_rule: dict[str, str | None]
    shares: dict[str, float]
    n_resamples: int | None
    correction: dict[str, Any]


def choose_combination(
    scores: dict[str, PatientScores],
    *,
    settings: EvaluationSettings,
    groups: "pd.Series[str] | None" = None,
) -> Choice:
    """Apply every rule, and repeat the deciding one on resampled patients.

    The corrected area is the chosen one's minus `optimism`, see `repeat_choice`. Its interval
    holds the percentiles of the chosen combination's area in the same resamples, moved by the
    optimism (Noma and others); the correction's own uncertainty is not in it.

    Args:
        scores: Out-of-fold scores of each combination, each with a defined area.
        settings: Choices of the evaluation.
        groups: Group of each patient, by patient: what is resampled together.

    References:
        Noma, Shinozaki, Iba, Teramukai, Furukawa (2021), Statistics in Medicine 40(26),
        5691-5701 (location-shifted bootstrap interval).
    """
    if not scores:
        return Choice(dict.fromkeys(RULES), {}, None, dict.fromkeys(CORRECTION))
    candidates = list_candidates(scores)
    patients = list_patients(scores)
    on_sample = measure(
        candidates,
        np.ones((1, patients.size), dtype=np.int64),
        standard_error=settings.selection.standard_error,
    )
    places = {
        rule: int(choose(rule, on_sample, tolerance=settings.auroc_tolerance)[0]) for rule in RULES
    }
    repeated = repeat_choice(candidates, _number_units(patients, groups), settings=settings)
    chosen = places[settings.rule]
    return Choice(
        by_rule={rule: _name(candidates, place) for rule, place in places.items()},
        shares={} if repeated is None else _share(candidates, repeated),
        n_resamples=None if repeated is None else repeated.areas.shape[1],
        correction=_correct(float(on_sample.area[chosen, 0]), chosen, repeated, settings),
    )


def _name(candidates: list[Candidate], place: int) -> str | None:
    return None if place == NOBODY else candidates[place].sequences


def _share(candidates: list[Candidate], repeated: RepeatedChoice) -> dict[str, float]:
    return {one.sequences: share for one, share in zip(candidates, repeated.shares, strict=True)}


def _number_units(patients: NDArray[np.str_], groups: "pd.Series[str] | None") -> NDArray[np.intp]:
    own = pd.Series(patients, index=patients, dtype="string")
    named = own if groups is None else groups.astype("string").reindex(own.index).fillna(own)
    return np.unique(named.to_numpy(dtype=np.str_), return_inverse=True)[1]


def _correct(
    area: float, chosen: int, repeated: RepeatedChoice | None, settings: EvaluationSettings
) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(CORRECTION)
    if repeated is None:
        reason = "fewer than two combinations or patients, so nothing was chosen"
        if settings.selection.n_resamples == 0:
            reason = "evaluation.selection.n_resamples is 0"
        return columns | {"correction_reason": reason}
    tail = (1 - settings.confidence_level) / 2
    areas = repeated.areas[chosen]
    low, high = np.quantile(areas[~np.isnan(areas)], [tail, 1 - tail]) - repeated.optimism
    return columns | {
        "optimism": repeated.optimism,
        "auroc_corrected": area - repeated.optimism,
        "auroc_corrected_low": max(0.0, float(low)),
        "auroc_corrected_high": min(1.0, float(high)),
        "auroc_corrected_method": METHOD,
        "auroc_out_of_bag": repeated.out_of_bag,
        "n_units": repeated.n_units,
    }
