"""The tables of a planted cohort: patients, volumes and the truth."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cirrhosis.phantom.planted_files import locate_scan

# One made-up examination date, inside what the article's split calls development.
STUDY_DATE = "2020-01-01"
# Named, because what was read back of an interrupted cohort comes in another order.
TRUTH_COLUMNS = (
    "patient_id",
    "donor_id",
    "group_id",
    "planted_label",
    "operated",
    "strength",
    "nodularity_mm",
    "texture_share",
    "place_x_mm",
    "place_y_mm",
    "place_z_mm",
    "place_voxel_i",
    "place_voxel_j",
    "place_voxel_k",
    "place_sequence",
    "place_radius_mm",
    "seed",
)
MEASURE_COLUMNS = (
    "patient_id",
    "donor_id",
    "planted_label",
    "sequence",
    "liver_ml",
    "liver_mean",
)


def list_patients(truths: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return `patients.csv`: stage 4 for positives and 0 for negatives, so that any label fits."""
    labels = pd.Series([truth["planted_label"] for truth in truths], dtype="int64")
    return pd.DataFrame(
        {
            "patient_id": [truth["patient_id"] for truth in truths],
            "group_id": [truth["group_id"] for truth in truths],
            "center": "1",
            "mri_date": STUDY_DATE,
            "reference_date": STUDY_DATE,
            "fibrosis_scheme": "beijing",
            "fibrosis_stage": labels.map({1: "S4", 0: "S0"}),
            "age_years": 50.0,
            "manufacturer": "planted phantom",
            "planted_label": labels,
            "donor_id": [truth["donor_id"] for truth in truths],
            "synthetic": 1,
        }
    )


def list_volumes(truths: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return `volumes.csv`."""
    rows = []
    for truth in truths:
        for scan in truth["scans"]:
            volume, mask = locate_scan(truth["patient_id"], scan["sequence"])
            mask_path = mask if scan["has_mask"] else None
            rows.append((truth["patient_id"], STUDY_DATE, scan["sequence"], volume, mask_path))
    columns = ["patient_id", "study_date", "sequence", "path", "liver_mask_path"]
    return pd.DataFrame(rows, columns=columns)


def list_truth(truths: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return `truth/planted.csv`: one row per variant.

    The place of a local signal is its centre in the variant: in LPS millimetres, and as
    index of the array of `place_sequence`'s file, counted from 0.
    """
    return pd.DataFrame(list(truths), columns=list(TRUTH_COLUMNS))


def list_measures(truths: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return what a shortcut could use: liver volume and brightness of each scan."""
    rows = [
        {name: truth[name] for name in ("patient_id", "donor_id", "planted_label")} | scan
        for truth in truths
        for scan in truth["scans"]
    ]
    return pd.DataFrame(rows, columns=list(MEASURE_COLUMNS))
