"""The clinical table of a digital cohort; images are not needed for it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cirrhosis.phantom.centers import assign_groups, make_visits
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.labs import LABS, LABS_SIGNAL_GAIN, SHARED_DRAWS, make_labs, remove_labs
from cirrhosis.phantom.patient_randomness import patient_normals, patient_uniforms
from cirrhosis.phantom.readers import READERS, read_patients
from cirrhosis.phantom.severity import fibrosis_stages

_UNIFORMS = (
    "day",
    "gap",
    "labs_day",
    "age",
    "sex",
    "bmi",
    "etiology",
    "specimen",
    "field",
    "manufacturer",
    "agent",
    "artifact",
    "lesions",
    "lesion_size",
    "lesion_type",
    "treatment",
    "quality",
)
# Published quartiles are 47, 54 and 63 years, and 2.3, 3.5 and 5.5 cm; the ends are free.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
AGE_YEARS = (18, 36, 47, 54, 63, 73, 88)
LESION_CM = (0.5, 1.2, 2.3, 3.5, 5.5, 9.5, 15.0)
# The article gives no BMI but cuts it at 25.
BMI_KG_PER_M2 = (15.5, 18.8, 21.6, 23.6, 25.8, 29.5, 37.0)
# Ascites is seen from these quantiles of its latent value on.
ASCITES_CUTS = (1.85, 2.75)
ASCITES = ("none", "mild", "moderate")


def make_clinical_table(severity: pd.DataFrame, settings: DigitalSettings) -> pd.DataFrame:
    """Return `patients.csv` of a digital cohort.

    Args:
        severity: Output of `make_severity` with the same seed and signal; any number of
            patients, so that calibration can be checked on many more than are imaged.
        settings: Seed, signal, lab strength and the fractions of missing and ineligible.

    Returns:
        One row per patient. The latent severity is not part of it.
    """
    n, seed = len(severity), settings.seed
    uniforms = patient_uniforms(n, seed=seed, stream="clinical", names=_UNIFORMS)
    groups = assign_groups(n, seed)
    table = pd.concat(
        [
            severity[["patient_id"]].assign(group_id=severity["patient_id"]),
            make_visits(groups, uniforms),
            _pathology(severity, uniforms),
            _person(uniforms, early=groups == 0),
            _labs(severity, settings),
            _examination(uniforms, early=groups == 0),
            _lesions(uniforms),
            _calls(severity, settings),
        ],
        axis="columns",
    )
    table["ascites"] = np.asarray(ASCITES)[np.digitize(severity["ascites"], ASCITES_CUTS)]
    fraction = settings.ineligible_fraction
    table["prior_liver_treatment"] = (uniforms["treatment"] < fraction).astype(int)
    table["image_quality_adequate"] = (uniforms["quality"] >= fraction).astype(int)
    return table.assign(encephalopathy="none", specimen_adequate=1, synthetic=1)


def _pathology(severity: pd.DataFrame, uniforms: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fibrosis_scheme": "beijing",
            "fibrosis_stage": fibrosis_stages(severity["histology"].to_numpy()),
            "specimen": _choose(
                uniforms["specimen"], {"resection": 0.936, "biopsy": 0.048, "transplant": 0.016}
            ),
        }
    )


def _person(uniforms: pd.DataFrame, *, early: np.ndarray) -> pd.DataFrame:
    # Hepatitis B is rarer in the temporal and external sets; 91 % over all, as published.
    is_hbv = uniforms["etiology"] < np.where(early, 0.94, 0.84)
    others = ["hcv", "alcohol", "masld", "hbv;hcv", "autoimmune", "unknown"]
    # The digits behind the first three are free to choose among the rarer aetiologies.
    other = np.asarray(others)[(uniforms["etiology"] * 1000 % 1 * len(others)).astype(int)]
    return pd.DataFrame(
        {
            "age_years": np.round(np.interp(uniforms["age"], QUANTILES, AGE_YEARS)),
            "sex": _choose(uniforms["sex"], {"male": 0.81, "female": 0.19}),
            "bmi_kg_per_m2": np.round(np.interp(uniforms["bmi"], QUANTILES, BMI_KG_PER_M2), 1),
            "etiology": np.where(is_hbv, "hbv", other),
        }
    )


def _labs(severity: pd.DataFrame, settings: DigitalSettings) -> pd.DataFrame:
    names = [*LABS, *SHARED_DRAWS, *(f"missing_{name}" for name in LABS)]
    normals = patient_normals(len(severity), seed=settings.seed, stream="labs", names=names)
    gain = LABS_SIGNAL_GAIN if settings.signal == "labs" else 1.0
    labs = make_labs(severity["labs"].to_numpy(), normals, strength=gain * settings.lab_strength)
    uniforms = normals.apply(ndtr)
    lottery = uniforms[["incomplete", "n_missing"]].join(
        uniforms.filter(regex="^missing_").rename(columns=lambda name: name[len("missing_") :])
    )
    return remove_labs(labs, lottery, fraction=settings.incomplete_labs_fraction)


def _examination(uniforms: pd.DataFrame, *, early: np.ndarray) -> pd.DataFrame:
    # Later and external examinations are more often at 3 T and hepatobiliary, as published
    # without figures; the vendors' names say that no vendor's scanner made these images.
    vendors = {f"synthetic phantom {letter}": share for letter, share in _VENDOR_SHARES.items()}
    return pd.DataFrame(
        {
            "field_strength_t": np.where(uniforms["field"] < np.where(early, 0.55, 0.75), 3.0, 1.5),
            "manufacturer": _choose(uniforms["manufacturer"], vendors),
            "contrast_agent": np.where(
                uniforms["agent"] < np.where(early, 0.45, 0.65), "hepatobiliary", "extracellular"
            ),
            "artifact": _choose(uniforms["artifact"], {"none": 0.8, "minor": 0.2}),
        }
    )


_VENDOR_SHARES = {"A": 0.4, "B": 0.3, "C": 0.2, "D": 0.1}


def _lesions(uniforms: pd.DataFrame) -> pd.DataFrame:
    kind = _choose(uniforms["lesion_type"], {"hcc": 0.86, "chcc-cca": 0.05, "other": 0.09})
    count = _choose(uniforms["lesions"], {"0": 0.08, "1": 0.77, "2": 0.10, "3": 0.05}).astype(int)
    size_cm = np.round(np.interp(uniforms["lesion_size"], QUANTILES, LESION_CM), 1)
    return pd.DataFrame(
        {
            "lesion_count": count,
            "largest_lesion_cm": np.where(count > 0, size_cm, np.nan),
            "lesion_type": pd.Series(kind).where(count > 0),
        }
    )


def _calls(severity: pd.DataFrame, settings: DigitalSettings) -> pd.DataFrame:
    errors = patient_normals(
        len(severity), seed=settings.seed, stream="clinical", names=[*_UNIFORMS, *READERS]
    )
    shown = severity["readers"].to_numpy()
    return pd.DataFrame(
        {
            name: read_patients(shown, errors[name].to_numpy(), reader)
            for name, reader in READERS.items()
        }
    )


def _choose(uniform: "pd.Series[float]", shares: dict[str, float]) -> np.ndarray:
    names: Sequence[str] = list(shares)
    cuts = np.cumsum(list(shares.values()))[:-1]
    return np.asarray(names)[np.searchsorted(cuts, uniform.to_numpy(), side="right")]
