"""Calibration and decision curves beside glm, rms, loess, dcurves and rmda."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirrhosis.statistics.calibration import (
    brier_score,
    calibration_in_the_large,
    calibration_intercept,
    calibration_slope,
    observed_to_expected,
)
from cirrhosis.statistics.decision import net_benefit
from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.smooth_calibration import smooth_calibration
from tests.oracle.answers import LeftOut, Ours, by_convention, read
from tests.oracle.cases import Case

GLM = {"rel": 1e-6, "abs": 1e-6}
LOESS = {"rel": 1e-6, "abs": 1e-6}


def meet_calibration(case: Case, score: str) -> dict[str, Any]:
    """Meet the mean agreement of a probability with the class."""
    truth, probability = case.data["y"].to_numpy(), case.data[score].to_numpy()
    brier = brier_score(truth, probability)
    # A constant probability equal to the observed rate is what the score is scaled by.
    constant = brier_score(truth, np.full(truth.size, truth.mean()))
    ratio = observed_to_expected(truth, probability)
    return {
        "n": brier.n,
        "brier": read(brier, "value"),
        "mean_predicted": float(truth.mean()) / ratio.value if ratio.value else LeftOut("O:E is 0"),
        "observed_rate": float(truth.mean()),
        "o_over_e": read(ratio, "value"),
        "brier_null": read(constant, "value"),
        "scaled_brier": 1 - brier.value / constant.value
        if constant.value
        else Ours(None, "the observed rate is 0 or 1"),
        **_read_wald("intercept", calibration_intercept(truth, probability)),
        **_read_wald("slope", calibration_slope(truth, probability)),
        **_read_wald("citl", calibration_in_the_large(truth, probability)),
        "rms_val_prob": {
            "brier": read(brier, "value"),
            "intercept": by_convention(calibration_intercept(truth, probability), "value", **GLM),
            "slope": by_convention(calibration_slope(truth, probability), "value", **GLM),
        },
    }


def meet_smooth_curve(case: Case, score: str, smoother: str) -> dict[str, Any]:
    """Meet the distances of a smooth calibration curve from the diagonal."""
    found = smooth_calibration(
        case.data["y"], case.data[score], smoother=smoother.removeprefix("ici_")
    )
    outside = bool(((found.observed < 0) | (found.observed > 1)).any())
    return {
        **{name: by_convention(found, name, **LOESS) for name in ("ici", "e50", "e90", "emax")},
        "any_fitted_outside_01": Ours(outside, found.reason),
    }


def meet_net_benefit(case: Case, model: str) -> dict[str, Any]:
    """Meet a decision curve at every threshold that R wrote."""
    truth = case.data["y"].to_numpy()
    names = list(case.expected["dca.csv"][model])
    thresholds = [float(name) for name in names]
    constant = {"all": 1.0, "none": 0.0}
    if model in constant:
        probability = np.full(truth.size, constant[model])
    else:
        probability = case.data[model].to_numpy(dtype=float)
    curve = net_benefit(truth, probability, thresholds=thresholds)
    # rmda calls positive above the threshold only, so every probability is moved down a hair.
    lower = np.maximum(np.nextafter(probability, -1), 0)
    strict = net_benefit(truth, lower, thresholds=thresholds)
    benefit = curve.treat_all if model == "all" else curve.net_benefit
    return {
        name: {
            "net_benefit": float(benefit[at]),
            "tp_rate": float(curve.tp_rate[at]),
            "fp_rate": float(curve.fp_rate[at]),
            "rmda_nb_strict": float(strict.net_benefit[at]),
        }
        for at, name in enumerate(names)
    }


def _read_wald(name: str, found: Estimate) -> dict[str, Any]:
    error = None
    if found.low is not None and found.high is not None:
        error = (found.high - found.low) / 2 / normal_quantile(0.95)
    return {
        name: read(found, "value", **GLM),
        f"{name}_se": Ours(error, found.reason if error is None else None, **GLM),
        f"{name}_ci95_wald": [read(found, "low", **GLM), read(found, "high", **GLM)],
    }


def list_notes(tree: Mapping[str, Any]) -> list[str]:
    """Say where R warns that a fit may not exist or hangs on rounding."""
    notes = []
    for score, answers in tree.get("calibration", {}).items():
        if answers.get("glm_messages"):
            notes.append(f"calibration.{score}: {'; '.join(answers['glm_messages'])}")
        for name, smooth in answers.items():
            if name.startswith("ici_loess") and smooth.get("messages"):
                notes.append(f"calibration.{score}.{name}: {'; '.join(smooth['messages'])}")
    return notes
