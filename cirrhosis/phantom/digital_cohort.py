"""Make a digital cohort in a folder: tables, volumes, liver masks and the truth behind them."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.files import write_table, write_text
from cirrhosis.contracts.progress import Progress
from cirrhosis.phantom.anatomy import Build
from cirrhosis.phantom.claimed_folder import claim_folder
from cirrhosis.phantom.clinical_table import ASCITES, make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.examination import (
    SEQUENCES,
    PatientPlan,
    examine,
    patient_motions,
)
from cirrhosis.phantom.grids import Grid
from cirrhosis.phantom.hardness import (
    Hardness,
    LiverMeasures,
    estimate_hardness,
    list_cirrhosis,
    measure_liver,
    read_hardness,
    write_hardness,
)
from cirrhosis.phantom.motions import Motion
from cirrhosis.phantom.nifti import read_voxels, write_nifti
from cirrhosis.phantom.severity import make_severity
from cirrhosis.phantom.worker_pool import run_in_processes

log = logging.getLogger(__name__)

NOTICE = """Synthetic data. No patient was examined.

The volumes are drawn by a program (digital phantom) and the tables by a random number
generator, with proportions of Zheng et al. 2024 where they are known. Texture is far coarser
and its bond with fibrosis far simpler than in life. A result on this cohort says whether
software finds what was put in; it says nothing about diagnosis.
"""


def write_digital_cohort(
    folder: Path, settings: DigitalSettings, *, n_workers: int, progress: Progress
) -> Hardness:
    """Make a digital cohort, or go on with one that was interrupted.

    A folder that is complete is left as it is. Volumes that exist are kept: each file is
    whole or absent.

    Args:
        folder: Cohort folder; absent, empty, or begun with the same settings.
        settings: What the cohort is made of.
        n_workers: Processes that make patients; 1 works in this process. The bytes do not
            depend on it.
        progress: Shows how many patients are done.

    Returns:
        How hard the cohort is.

    Raises:
        ContractError: If the folder holds something else or was made with other settings.
        ValueError: If `n_workers` is less than 1.
    """
    if n_workers < 1:
        raise ValueError(f"expected n_workers of at least 1, got {n_workers}; 1 uses no process")
    claim_folder(folder, settings.stamp())
    summary = folder / "hardness.json"
    if summary.exists():
        log.info("%s already holds this cohort; nothing to do", folder)
        return read_hardness(summary)
    severity = make_severity(settings.n_patients, settings.seed, signal=settings.signal)
    patients = make_clinical_table(severity, settings)
    plans = make_plans(patients, severity, settings)
    work = partial(_write_patient, folder=folder, settings=settings)
    made = run_in_processes(work, plans, n_workers=n_workers)
    rows = list(progress(made, total=len(plans), label="patients"))
    measures = {name: [row[name] for row in rows] for name in SEQUENCES}
    hardness = estimate_hardness(list_cirrhosis(patients), severity["severity"], measures)
    write_table(severity, folder / "truth" / "severity.csv")
    _write_motions(plans, settings, folder / "truth")
    write_text(NOTICE, folder / "SYNTHETIC.txt")
    write_cohort(folder, patients, _list_volumes(patients))
    # Written last: its presence says that the cohort is complete.
    write_hardness(hardness, summary)
    return hardness


def make_plans(
    patients: pd.DataFrame, severity: pd.DataFrame, settings: DigitalSettings
) -> list[PatientPlan]:
    """Return what a worker must know of each patient."""
    joined = patients.merge(
        severity[["patient_id", "geometry", *SEQUENCES]], on="patient_id", validate="one_to_one"
    )
    sizes_mm = np.nan_to_num(10 * joined["largest_lesion_cm"].to_numpy(dtype=float))
    return [
        PatientPlan(
            number=number,
            patient_id=row["patient_id"],
            build=Build(
                geometry=settings.image_strength * row["geometry"],
                ascites=ASCITES.index(row["ascites"]),
                n_lesions=int(row["lesion_count"]),
                largest_lesion_mm=float(sizes_mm[number]),
            ),
            views={name: float(row[name]) for name in SEQUENCES},
        )
        for number, row in enumerate(joined.to_dict("records"))
    ]


def _write_patient(
    plan: PatientPlan, *, folder: Path, settings: DigitalSettings
) -> dict[str, LiverMeasures]:
    places = {name: _volume_paths(plan.patient_id, name) for name in SEQUENCES}
    if not all((folder / path).exists() for pair in places.values() for path in pair):
        for scan in examine(plan, settings):
            volume_path, mask_path = places[scan.sequence]
            _write_absent(scan.volume, scan.grid, folder / volume_path)
            _write_absent(scan.liver_mask, scan.grid, folder / mask_path)
    return {
        name: measure_liver(read_voxels(folder / volume), read_voxels(folder / mask))
        for name, (volume, mask) in places.items()
    }


def _write_absent(voxels: np.ndarray, grid: Grid, path: Path) -> None:
    if not path.exists():
        write_nifti(voxels, grid, path)


def _volume_paths(patient_id: str, sequence: str) -> tuple[str, str]:
    stem = f"volumes/{patient_id}/{sequence}"
    return f"{stem}.nii.gz", f"{stem}_liver.nii.gz"


def _list_volumes(patients: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for patient_id, study_date in zip(patients["patient_id"], patients["mri_date"], strict=True):
        for name in SEQUENCES:
            rows.append((patient_id, study_date, name, *_volume_paths(patient_id, name)))
    columns = ["patient_id", "study_date", "sequence", "path", "liver_mask_path"]
    return pd.DataFrame(rows, columns=columns)


def _write_motions(plans: list[PatientPlan], settings: DigitalSettings, folder: Path) -> None:
    """Write how the liver moved, and with breathing how the trunk did."""
    motions = {
        (plan.patient_id, sequence): motion
        for plan in plans
        for sequence, motion in sorted(patient_motions(plan.number, settings).items())
    }
    organs = {place: motion.organs for place, motion in motions.items()}
    write_table(_list_motions(organs), folder / "motions.csv")
    if settings.motion == "breathing":
        wall = {place: motion.wall for place, motion in motions.items()}
        write_table(_list_motions(wall), folder / "wall_motions.csv")


def _list_motions(motions: Mapping[tuple[str, str], Motion]) -> pd.DataFrame:
    rows = [
        (*place, *motion.translation_mm, *motion.rotation_deg) for place, motion in motions.items()
    ]
    translations = [f"translation_{axis}_mm" for axis in "xyz"]
    rotations = [f"rotation_{axis}_deg" for axis in "xyz"]
    return pd.DataFrame(rows, columns=["patient_id", "sequence", *translations, *rotations])
