"""What choosing on the same rows adds to an area: the choice repeated on resampled patients."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cirrhosis.evaluation.selection_measures import Candidate, measure, measure_areas
from cirrhosis.evaluation.selection_rules import NOBODY, Places, choose
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.resampled_roc import IntArray
from cirrhosis.statistics.samples import FloatArray

# Resamples measured together: few enough that they stay in the processor's cache.
CHUNK = 100


@dataclass(frozen=True)
class RepeatedChoice:
    """What the rule does when the patients are others.

    Attributes:
        shares: Of the resamples in which each candidate is chosen.
        optimism: Mean over resamples of the area of the combination chosen there, on the
            resample, minus its area on the sample.
        out_of_bag: Mean over resamples of the area of the combination chosen there, on the
            patients that the resample left out; None if they never hold both classes.
        areas: Of each candidate in each resample with a choice, shape (k, b).
        n_units: Patients, or groups of them, that were drawn.
    """

    shares: tuple[float, ...]
    optimism: float
    out_of_bag: float | None
    areas: FloatArray
    n_units: int


def repeat_choice(
    candidates: Sequence[Candidate], units: NDArray[np.intp], *, settings: EvaluationSettings
) -> RepeatedChoice | None:
    """Repeat the choice on patients drawn with replacement.

    Estimand: by how much the area of the combination that the rule chooses exceeds its area
    on new patients. In each resample all combinations are measured again and the rule is
    applied again. Units are independent; patients of one unit need not be. What training
    itself does to an area (epochs, settings, seeds) is not repeated, so not corrected.

    `optimism` (Efron; Harrell) is too small where combinations are equal: the sample has a
    winner already, so that a resample's choice shows 1/sqrt(2) of the luck. `out_of_bag`
    (Tsamardinos and others) chooses and measures on different patients: equal combinations
    get their true area on average, unequal ones less than it, because drawn patients, 63 %
    of all, choose less well. Neither is right everywhere: experiments/selection has the errors.

    Args:
        candidates: In the order of `choose`.
        units: What is drawn: number of the unit of each patient of all candidates, shape (n,).
        settings: Rule, tolerance, resamples and their seed.

    Returns:
        None with fewer than two candidates or units, no resamples, or no possible choice.

    References:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 17.
        Harrell, Lee, Mark (1996), Statistics in Medicine 15(4), 361-387.
        Tsamardinos, Greasidou, Borboudakis (2018), Machine Learning 107(12), 1895-1922.
    """
    n_units = int(units.max()) + 1
    if len(candidates) < 2 or settings.selection.n_resamples == 0 or n_units < 2:
        return None
    chosen, areas, left_out = [], [], []
    for drawn in _draw(n_units, settings):
        weights = drawn[:, units]
        found = measure(candidates, weights, standard_error=settings.selection.standard_error)
        chosen.append(choose(settings.rule, found, tolerance=settings.auroc_tolerance))
        areas.append(found.area)
        left_out.append(measure_areas(candidates, (weights == 0).astype(np.int64)))
    return _summarise(
        np.concatenate(chosen),
        np.concatenate(areas, axis=1),
        np.concatenate(left_out, axis=1),
        on_sample=measure_areas(candidates, np.ones((1, units.size), dtype=np.int64))[:, 0],
        n_units=n_units,
    )


def _draw(n_units: int, settings: EvaluationSettings) -> Iterator[IntArray]:
    """Yield how often each unit is drawn, `CHUNK` resamples at a time."""
    rng = np.random.default_rng(settings.selection.seed)
    for begin in range(0, settings.selection.n_resamples, CHUNK):
        n = min(CHUNK, settings.selection.n_resamples - begin)
        drawn = rng.integers(n_units, size=(n, n_units)) + n_units * np.arange(n)[:, None]
        yield np.bincount(drawn.ravel(), minlength=n * n_units).reshape(n, n_units)


def _summarise(
    chosen: Places,
    areas: FloatArray,
    left_out: FloatArray,
    *,
    on_sample: FloatArray,
    n_units: int,
) -> RepeatedChoice | None:
    made = np.flatnonzero(chosen != NOBODY)
    if not made.size:
        return None
    places = chosen[made]
    outside = left_out[places, made]
    outside = outside[~np.isnan(outside)]
    return RepeatedChoice(
        shares=tuple(float(n) / made.size for n in np.bincount(places, minlength=len(areas))),
        optimism=float(np.mean(areas[places, made] - on_sample[places])),
        out_of_bag=float(outside.mean()) if outside.size else None,
        areas=areas[:, made],
        n_units=n_units,
    )
