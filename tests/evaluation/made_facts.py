"""Facts of synthetic patients: a small table by hand, and one of the article's size."""

from functools import cache
from pathlib import Path

import pandas as pd

from cirrhosis.cohort.labels import LabelSettings, label_patients
from cirrhosis.cohort.partition import SplitSettings, draw_partition
from cirrhosis.contracts.cohort import Cohort, check_patients
from cirrhosis.evaluation.facts import join_facts
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.severity import make_severity

SPLITS = ["training"] * 6 + ["internal_1"] * 2 + ["external"] * 2


def make_small(**columns):
    """Return facts of ten included patients, P0 to P9, and two excluded ones."""
    n = len(SPLITS)
    patients = pd.DataFrame(
        {"patient_id": [f"P{at}" for at in range(n + 2)], "center": ["1"] * 8 + ["2"] * 4} | columns
    )
    splits = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "study_date": "2020-03-10",
            "target": [0, 1] * 5 + [None, None],
            "split": [*SPLITS, None, None],
            "fold": [0, 0, 1, 1, 2, 2] + [None] * 6,
            "excluded_for": [None] * n + ["under age", "no MRI"],
        }
    )
    return join_facts(patients, splits)


@cache
def make_cohort(n_patients=1400):
    """Return a synthetic cohort of about 1,315 eligible patients; not to be changed."""
    settings = DigitalSettings(n_patients=n_patients, seed=1, ineligible_fraction=0.03)
    severity = make_severity(n_patients, 1, signal="default")
    patients = check_patients(make_clinical_table(severity, settings))
    ids = patients["patient_id"]
    volumes = pd.concat(
        [
            pd.DataFrame(
                {
                    "patient_id": ids,
                    "study_date": patients["mri_date"],
                    "sequence": name,
                    "path": "x",
                }
            )
            for name in ("t1", "t2")
        ],
        ignore_index=True,
    )
    return Cohort(Path("synthetic"), patients, volumes)


@cache
def make_partition():
    """Return the article's split of the synthetic cohort; not to be changed."""
    return draw_partition(make_cohort(), LabelSettings(), SplitSettings(seed=17))


def make_facts():
    """Return facts of the synthetic cohort."""
    return join_facts(make_cohort().patients, make_partition().table)


def make_labels():
    """Return the class of every synthetic patient, excluded ones too."""
    patients = make_cohort().patients
    labels = label_patients(patients, LabelSettings())
    return labels.set_axis(patients["patient_id"])
