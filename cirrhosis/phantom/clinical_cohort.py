"""Make the tables of a digital cohort without its images: statistics at any size in seconds."""

from pathlib import Path

import pandas as pd

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.files import write_table, write_text
from cirrhosis.phantom.claimed_folder import claim_folder
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.severity import make_severity

NOTICE = """Synthetic data. No patient was examined.

The tables are drawn by a random number generator, with proportions of Zheng et al. 2024 where
they are known. There are no images. A result on this cohort says whether software finds what
was put in; it says nothing about diagnosis.
"""
NO_VOLUMES = ("patient_id", "study_date", "sequence", "path", "liver_mask_path")


def write_clinical_cohort(folder: Path, settings: DigitalSettings) -> str:
    """Write `patients.csv`, an empty `volumes.csv` and `truth/severity.csv`.

    The patients are those that a digital cohort of the same settings has.

    Args:
        folder: Cohort folder; absent, empty, or begun with the same settings.
        settings: Of the digital phantom; those of images have no effect.

    Returns:
        What was made, in words.

    Raises:
        ContractError: If the folder holds something else or was made with other settings.
    """
    claim_folder(folder, settings.stamp() | {"kind": "clinical"})
    severity = make_severity(settings.n_patients, settings.seed, signal=settings.signal)
    write_table(severity, folder / "truth" / "severity.csv")
    write_text(NOTICE, folder / "SYNTHETIC.txt")
    patients = make_clinical_table(severity, settings)
    write_cohort(folder, patients, pd.DataFrame(columns=list(NO_VOLUMES)))
    return f"{len(patients)} patients, tables only: no image was made"
