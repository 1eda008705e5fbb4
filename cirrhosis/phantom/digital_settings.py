"""What a digital cohort is made of: plain values, checked when they are put together."""

from dataclasses import asdict, dataclass
from typing import Any

SIGNALS = ("default", "labs", "pvp", "none")
MOTIONS = ("whole", "breathing")
# Raised whenever the same settings would give other bytes, so that a folder begun by an
# older version is not continued with patients of another kind.
FORMAT = 1

# Inclusive ranges: what the geometry can hold, and what stays a liver MRI caricature.
RANGES: dict[str, tuple[float, float]] = {
    "n_patients": (1, 99_999),
    "seed": (0, 2**32 - 1),
    "in_plane_voxels": (32, 512),
    "n_slices": (12, 120),
    "image_strength": (0.0, 3.0),
    "lab_strength": (0.0, 3.0),
    "incomplete_labs_fraction": (0.0, 1.0),
    "ineligible_fraction": (0.0, 1.0),
    "liver_snr": (2.0, 1000.0),
    "bias_field": (0.0, 1.0),
    "motion_sd_mm": (0.0, 15.0),
    "motion_sd_deg": (0.0, 8.0),
}


class DigitalSettingsError(ValueError):
    """A setting of the digital phantom is not one the phantom can be made with."""


@dataclass(frozen=True)
class DigitalSettings:
    """Settings of a digital cohort.

    Attributes:
        n_patients: Patients in the cohort.
        seed: Every patient is a function of this seed and its own number.
        signal: Where severity can be seen. `default`: geometry, t1, t2, weaker in pvp, and
            labs. `labs`: in stronger labs only. `pvp`: of the sequences in pvp only, labs as
            in `default`. `none`: nowhere.
        in_plane_voxels: Voxels along each side of a t1 slice over a field of view of 384 mm;
            t2 has 11/12 of them.
        n_slices: Slices of t1 over 196 mm; t2 has fewer and pvp more.
        image_strength: Multiplies what severity does to texture and geometry; 1 is calibrated.
        lab_strength: Multiplies what severity does to the labs; 1 is calibrated.
        incomplete_labs_fraction: Share of patients who lack one to three laboratory values.
        ineligible_fraction: Share of patients with a prior liver treatment, and again of
            patients with inadequate image quality, for the flow of exclusions.
        liver_snr: Liver signal over the standard deviation of the noise.
        bias_field: Largest log intensity change of the bias field, roughly.
        motion_sd_mm: Standard deviation of each component of the translation of t1 and t2
            against pvp; the whole translation is at most 15 mm.
        motion_sd_deg: The same for the rotation vector in degrees; at most 8.
        motion: `whole` moves the patient as one body. `breathing` moves the organs, mainly
            along the body and by at most 15 mm and 5 degrees, while trunk and spine stay
            within 2 mm and 1 degree.
    """

    n_patients: int
    seed: int
    signal: str = "default"
    in_plane_voxels: int = 96
    n_slices: int = 28
    image_strength: float = 1.0
    lab_strength: float = 1.0
    incomplete_labs_fraction: float = 0.03
    ineligible_fraction: float = 0.0
    liver_snr: float = 20.0
    bias_field: float = 0.25
    motion_sd_mm: float = 4.0
    motion_sd_deg: float = 2.0
    motion: str = "whole"

    def __post_init__(self) -> None:
        """Refuse values the phantom cannot be made with."""
        if self.signal not in SIGNALS:
            raise DigitalSettingsError(
                f"expected signal to be one of {', '.join(SIGNALS)}, got '{self.signal}';"
                " choose where severity shall be visible"
            )
        if self.motion not in MOTIONS:
            raise DigitalSettingsError(
                f"expected motion to be one of {', '.join(MOTIONS)}, got '{self.motion}';"
                " choose what moves between the sequences"
            )
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise DigitalSettingsError(
                    f"expected {name} between {low:g} and {high:g}, got {value}; change {name}"
                )
        for name in ("n_patients", "seed", "in_plane_voxels", "n_slices"):
            value = getattr(self, name)
            if int(value) != value:
                raise DigitalSettingsError(f"expected {name} to be whole, got {value}; round it")

    def stamp(self) -> dict[str, Any]:
        """Return what a folder must agree on before patients are added to it."""
        stamp = {"kind": "digital", "format": FORMAT} | asdict(self)
        if self.motion == "whole":
            # Folders begun before there was another motion hold no word for it.
            del stamp["motion"]
        return stamp
