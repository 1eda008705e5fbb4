"""The repeated choice: what it takes off the area of the chosen combination."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.selection import choose_combination
from cirrhosis.evaluation.selection_bootstrap import repeat_choice
from cirrhosis.evaluation.selection_measures import list_candidates
from cirrhosis.evaluation.selection_rules import NOBODY, Measures, choose
from cirrhosis.evaluation.selection_settings import SelectionSettings
from cirrhosis.evaluation.settings import EvaluationSettings

NAMES = ("pvp", "t1", "t2", "pvp+t1", "pvp+t2", "t1+t2", "pvp+t1+t2")
N = 120


def make_scores(areas, seed, n=N):
    """Draw scores whose true areas are `areas`; 70 % of their variance is shared."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(n) < round(0.636 * n)).astype(np.int64)
    patients = np.array([f"P{at:03d}" for at in range(n)])
    shared = np.sqrt(0.7) * rng.normal(size=n)
    return {
        name: PatientScores(
            patients,
            truth,
            np.sqrt(2) * norm.ppf(area) * truth + shared + np.sqrt(0.3) * rng.normal(size=n),
            np.arange(n) % 5,
            "nested",
            "score",
        )
        for name, area in zip(NAMES, areas, strict=False)
    }


def settings_of(rule="auroc", **selection):
    return EvaluationSettings(rule=rule, selection=SelectionSettings(**selection))


def simulate(areas, n_simulations=100):
    """Return the mean error of what is said of the chosen area, before and after correction."""
    settings = settings_of(n_resamples=40)
    errors = []
    for seed in range(n_simulations):
        choice = choose_combination(make_scores(areas, seed), settings=settings)
        true = areas[NAMES.index(choice.by_rule["auroc"])]
        found = choice.correction
        apparent = found["auroc_corrected"] + found["optimism"]
        values = (apparent, found["auroc_corrected"], found["auroc_out_of_bag"])
        errors.append(np.array(values) - true)
    return np.mean(errors, axis=0)


def test_equal_combinations_are_flattered_and_corrected():
    # 500 simulations give +0.033, +0.010 and 0.000 (experiments/selection); the standard
    # error of a mean of 100 is 0.004.
    apparent, corrected, out_of_bag = simulate((0.8,) * 7)
    assert apparent == pytest.approx(0.033, abs=0.009)
    assert corrected == pytest.approx(0.010, abs=0.009)
    assert out_of_bag == pytest.approx(0.0, abs=0.009)


def test_a_clearly_better_combination_keeps_its_area():
    apparent, corrected, out_of_bag = simulate((0.6,) * 6 + (0.85,), n_simulations=30)
    # Of 40 resamples the mean scatters by a few thousandths.
    assert corrected == pytest.approx(apparent, abs=0.004)
    assert out_of_bag == pytest.approx(apparent, abs=0.004)


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    scores = make_scores((0.8,) * 7, 1)
    first = choose_combination(scores, settings=settings_of(n_resamples=150))
    assert first == choose_combination(scores, settings=settings_of(n_resamples=150))
    assert sum(first.shares.values()) == pytest.approx(1)
    assert first.n_resamples == 150
    other = choose_combination(scores, settings=settings_of(n_resamples=150, seed=18))
    assert other.correction["optimism"] != first.correction["optimism"]


def test_the_interval_is_that_of_the_chosen_area_moved_by_the_optimism():
    scores = make_scores((0.8,) * 7, 1)
    settings = settings_of(n_resamples=150)
    candidates = list_candidates(scores)
    repeated = repeat_choice(candidates, np.arange(N), settings=settings)
    choice = choose_combination(scores, settings=settings)
    place = [one.sequences for one in candidates].index(choice.by_rule["auroc"])
    limits = np.quantile(repeated.areas[place], [0.025, 0.975]) - repeated.optimism
    found = choice.correction
    assert [found["auroc_corrected_low"], found["auroc_corrected_high"]] == limits.tolist()
    assert repeated.optimism > 0.01


def test_groups_are_drawn_together():
    scores = make_scores((0.8, 0.8), 2)
    pairs = pd.Series([f"G{at // 2}" for at in range(N)], index=scores["t1"].patient_id)
    apart = choose_combination(scores, settings=settings_of(n_resamples=50))
    together = choose_combination(scores, settings=settings_of(n_resamples=50), groups=pairs)
    assert apart.correction["n_units"] == N
    assert together.correction["n_units"] == N / 2
    # Who is in no group stands alone.
    some = choose_combination(scores, settings=settings_of(n_resamples=50), groups=pairs[:10])
    assert some.correction["n_units"] == N - 5


def test_combinations_of_different_patients_are_resampled_by_all_of_them():
    scores = make_scores((0.8, 0.8), 2)
    fewer = PatientScores(*(part[:100] for part in scores["t1"][:4]), "nested", "score")
    choice = choose_combination(
        {**scores, "t1": fewer}, settings=settings_of("parsimony", n_resamples=50)
    )
    assert choice.correction["n_units"] == N
    assert set(choice.shares) == {"pvp", "t1"}
    strict = settings_of("parsimony", n_resamples=50, standard_error="difference")
    assert choose_combination({**scores, "t1": fewer}, settings=strict).n_resamples == 50


@pytest.mark.parametrize(
    ("areas", "n_resamples", "reason"),
    [((0.8,), 50, "fewer than two combinations"), ((0.8, 0.8), 0, r"n_resamples is 0")],
)
def test_where_nothing_is_repeated_the_reason_is_said(areas, n_resamples, reason):
    choice = choose_combination(
        make_scores(areas, 1), settings=settings_of(n_resamples=n_resamples)
    )
    assert choice.by_rule["auroc"] == "pvp" or len(areas) > 1
    assert choice.n_resamples is None
    assert choice.correction["auroc_corrected"] is None
    assert reason in choice.correction["correction_reason"]


def test_the_paired_standard_error_lets_fewer_count_as_equal():
    # One combination is another with noise: its area is lower by less than the standard error
    # of one area, and by more than that of their difference.
    better = make_scores((0.8,), 3)["pvp"]
    noise = np.random.default_rng(7).normal(0, 0.5, N)
    scores = {"t1+t2": better, "t1": better._replace(y_score=better.y_score + noise)}
    by_best = choose_combination(scores, settings=settings_of("parsimony", n_resamples=0))
    strict = settings_of("parsimony", n_resamples=0, standard_error="difference")
    by_difference = choose_combination(scores, settings=strict)
    assert by_best.by_rule["auroc"] == by_difference.by_rule["auroc"] == "t1+t2"
    assert by_best.by_rule["parsimony"] == "t1"
    assert by_difference.by_rule["parsimony"] == "t1+t2"


def measures(area, imbalance, error=0.03):
    area = np.array(area)[:, None]
    return Measures(
        np.array([1, 1, 2]), area, np.array(imbalance)[:, None], np.full_like(area, error)
    )


def test_rules_on_worked_areas():
    found = measures([0.80, 0.70, 0.82], [0.3, 0.0, 0.1])
    assert choose("auroc", found, tolerance=0.05).tolist() == [2]
    assert choose("article", found, tolerance=0.05).tolist() == [2]
    assert choose("article", found, tolerance=0.2).tolist() == [1]
    assert choose("parsimony", found, tolerance=0.05).tolist() == [0]
    tight = found._replace(error=np.full((3, 1), 0.01))
    assert choose("parsimony", tight, tolerance=0.05).tolist() == [2]


def test_where_no_area_is_defined_nobody_is_chosen():
    nothing = measures([np.nan] * 3, [np.nan] * 3, np.nan)
    for rule in ("auroc", "article", "parsimony"):
        assert choose(rule, nothing, tolerance=0.05).tolist() == [NOBODY]
    # Without an imbalance the article's rule falls back to the largest area.
    blind = measures([0.8, 0.7, np.nan], [np.nan] * 3)
    assert choose("article", blind, tolerance=0.2).tolist() == [0]


@pytest.mark.parametrize("wrong", [{"standard_error": "second_best"}, {"n_resamples": -1}])
def test_unknown_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        SelectionSettings(**wrong)
