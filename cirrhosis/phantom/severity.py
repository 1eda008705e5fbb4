"""The latent severity of each patient, and how much of it each examination shows."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cirrhosis.phantom.patient_randomness import patient_ids, patient_normals

# The pathologist reads severity with this error; AUROC of the latent severity for S4 is 0.96.
HISTOLOGY_SD = 0.40
STAGES = ("S0", "S1", "S2", "S3", "S4")
# Share of patients below each stage. S4 has the article's 65 %; the rest is a free choice.
STAGE_CUTS = (0.03, 0.10, 0.21, 0.35)

# Standard deviation of what hides severity (itself of standard deviation 1) in each view.
VIEW_SD = {"t1": 0.9, "t2": 0.9, "pvp": 1.1, "geometry": 2.0, "ascites": 1.0}
# What hides severity in t1 tends to enhance it in t2, so that the two together show much more
# than either alone. This is chosen, not observed: the article's gain from two sequences shall
# be found by a small network in a few hundred patients.
T2_SHARED_WITH_T1 = -0.6
# pvp shares most of its error with t1 and so adds little to it.
PVP_SHARED_WITH_T1 = 0.8
PVP_ONLY_SD = 0.45
VISIBLE = {
    "default": ("t1", "t2", "pvp", "geometry", "ascites", "readers", "labs"),
    "labs": ("labs",),
    "pvp": ("pvp", "readers", "labs"),
    "none": (),
}
_DRAWS = ("severity", "histology", "t1", "t2", "pvp", "geometry", "ascites")
_STAND_INS = ("readers", "labs")


def make_severity(n: int, seed: int, *, signal: str) -> pd.DataFrame:
    """Draw the latent severity and its views.

    A view that shows nothing is made of a stand-in severity of the same distribution, so
    that images of every signal look alike and only their bond with the label differs.

    Args:
        n: Number of patients.
        seed: Seed of the cohort.
        signal: One of the signals of `DigitalSettings`.

    Returns:
        One row per patient: `patient_id`, `severity` (standard normal), `histology` (severity
        with the pathologist's error, standard normal), and what each of `t1`, `t2`, `pvp`,
        `geometry`, `ascites`, `readers` and `labs` follows.
    """
    views = ("t1", "t2", "pvp", "geometry", "ascites", *_STAND_INS)
    draws = patient_normals(
        n, seed=seed, stream="severity", names=[*_DRAWS, *(f"other_{view}" for view in views)]
    )
    severity = draws["severity"].to_numpy()
    errors = _errors(draws, signal)
    table = pd.DataFrame({"patient_id": patient_ids(n), "severity": severity})
    table["histology"] = (severity + HISTOLOGY_SD * draws["histology"]) / np.hypot(1, HISTOLOGY_SD)
    for view in views:
        shown = severity if view in VISIBLE[signal] else draws[f"other_{view}"].to_numpy()
        table[view] = shown + errors.get(view, 0.0)
    return table


def _errors(draws: pd.DataFrame, signal: str) -> dict[str, np.ndarray]:
    errors = {view: sd * draws[view].to_numpy() for view, sd in VIEW_SD.items()}
    errors["t2"] = VIEW_SD["t2"] * _share(draws["t1"], draws["t2"], T2_SHARED_WITH_T1)
    pvp_sd = PVP_ONLY_SD if signal == "pvp" else VIEW_SD["pvp"]
    errors["pvp"] = pvp_sd * _share(draws["t1"], draws["pvp"], PVP_SHARED_WITH_T1)
    return errors


def _share(first: "pd.Series[float]", own: "pd.Series[float]", weight: float) -> np.ndarray:
    return np.asarray(weight * first + np.sqrt(1 - weight**2) * own)


def fibrosis_stages(histology: np.ndarray) -> np.ndarray:
    """Return the Beijing stage (S0 to S4) of each value of `histology`."""
    return np.asarray(STAGES)[np.digitize(histology, ndtri(STAGE_CUTS))]
