"""Small cohorts by hand, one row per patient, and how they are split."""

from pathlib import Path

import pandas as pd

from cirrhosis.cohort.eligibility import EligibilitySettings
from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings, draw_partition
from cirrhosis.contracts.cohort import Cohort, check_patients, check_volumes

N_EXTRA = 40


def make_cohort(rows, *, volumes=True, **extra):
    """Return a cohort of `rows`, each a change of a patient who breaks no rule, and 40 such."""
    patient = {
        "center": "1",
        "reference_date": "2019-06-10",
        "mri_date": "2019-06-01",
        "labs_date": "2019-06-08",
        "specimen": "resection",
        "fibrosis_scheme": "metavir",
        "fibrosis_stage": "F4",
        "age_years": 50.0,
        "platelets_e9_per_l": 150.0,
        "inr": 1.1,
        "specimen_adequate": 1.0,
        "prior_liver_treatment": 0.0,
        "image_quality_adequate": 1.0,
    } | extra
    changes = [*rows, *({"fibrosis_stage": f"F{3 + at % 2}"} for at in range(N_EXTRA))]
    patients = pd.DataFrame([patient | change for change in changes])
    names = [f"A{at}" for at in range(len(rows))] + [f"Z{at:02}" for at in range(N_EXTRA)]
    patients.insert(0, "patient_id", names)
    patients = check_patients(patients)
    files = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "study_date": patients["mri_date"],
            "sequence": "t1",
            "path": "x.nii",
        }
    )
    return Cohort(Path("made"), patients, check_volumes(files if volumes else files[:0], patients))


def draw(cohort, *, label=None, split=None, **rules):
    """Return a partition in two folds under eligibility `rules`."""
    options = {"development_center": None, "holdout_parts": 0, "n_folds": 2} | (split or {})
    settings = SplitSettings(seed=1, eligibility=EligibilitySettings(**rules), **options)
    return draw_partition(cohort, label or LabelSettings(), settings)


def reasons_of(partition):
    """Return why the patients of `rows` are excluded, None for those who take part."""
    table = partition.table.set_index("patient_id")["excluded_for"]
    own = table[table.index.str.startswith("A")]
    return [None if pd.isna(reason) else reason for reason in own]
