"""The files of a variant: written once, the truth about it last."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.phantom.grids import Grid
from cirrhosis.phantom.nifti import write_nifti
from cirrhosis.phantom.planted_variant import Scan, Variant


def write_variant(variant: Variant, folder: Path) -> dict[str, Any]:
    """Write the volumes, masks and truth of a variant; return the truth and its measures."""
    patient_id = variant.truth["patient_id"]
    for scan in variant.scans:
        volume_path, mask_path = locate_scan(patient_id, scan.sequence)
        grid = Grid(scan.voxels.shape, np.asarray(scan.affine_lps, dtype=np.float64))
        write_nifti(scan.voxels, grid, folder / volume_path)
        if scan.has_mask:
            write_nifti(scan.liver, grid, folder / mask_path)
    truth = variant.truth | {"scans": [_measure(scan) for scan in variant.scans]}
    # Written last: its presence says that the variant is whole.
    write_json(truth, _truth_path(folder, patient_id))
    return truth


def read_truth(folder: Path, patient_id: str) -> dict[str, Any] | None:
    """Return what was written of a whole variant, or None."""
    path = _truth_path(folder, patient_id)
    return dict(read_json(path)) if path.exists() else None


def locate_scan(patient_id: str, sequence: str) -> tuple[str, str]:
    """Return the places of a volume and its liver mask in the cohort folder."""
    stem = f"volumes/{patient_id}/{sequence}"
    return f"{stem}.nii.gz", f"{stem}_liver.nii.gz"


def _truth_path(folder: Path, patient_id: str) -> Path:
    return folder / "truth" / "variants" / f"{patient_id}.json"


def _measure(scan: Scan) -> dict[str, Any]:
    """Return what a shortcut could use."""
    inside = scan.liver > 0
    return {
        "sequence": scan.sequence,
        "has_mask": scan.has_mask,
        "liver_ml": round(float(inside.sum() * _voxel_ml(scan.affine_lps)), 3),
        "liver_mean": round(_relative_mean(scan.voxels, inside), 6),
    }


def _relative_mean(voxels: NDArray[np.int16], inside: NDArray[np.bool_]) -> float:
    # Relative to what networks see as white; the gain would hide the signal's trace otherwise.
    ceiling = max(float(np.percentile(voxels, 99.9)), 1.0)
    return float(voxels[inside].mean()) / ceiling if inside.any() else 0.0


def _voxel_ml(affine_lps: NDArray[np.floating[Any]]) -> float:
    return abs(float(np.linalg.det(affine_lps[:3, :3]))) / 1000
