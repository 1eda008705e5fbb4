"""One variant of a donor: a varied copy of every sequence, operated on or not."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.phantom.planted_donor import Donor, DonorVolume
from cirrhosis.phantom.planted_field import Points
from cirrhosis.phantom.planted_sampling import (
    apply_affine,
    find_coordinates,
    sample_linear,
    sample_nearest,
)
from cirrhosis.phantom.planted_settings import PlantedSettings
from cirrhosis.phantom.planted_signal import Place, Signal, displace, draw_signal, modulate
from cirrhosis.phantom.planted_surface import Surface, distances_at, measure_surface
from cirrhosis.phantom.planted_variation import (
    Variation,
    draw_variation,
    find_shown_at,
    move,
    vary_intensities,
)

# A local signal lies this deep, so that it reaches both the surface and the inside.
_PLACE_DEPTH_MM = (4.0, 16.0)


class VariantPlan(NamedTuple):
    """What is to be made.

    Attributes:
        patient_id: The variant's name.
        label: 1 for positives.
        seed: Everything drawn for the variant depends on it and on the donor.
        strength: Of the signal; 0 is a sham operation, None is none at all.
    """

    patient_id: str
    label: int
    seed: int
    strength: float | None


class Scan(NamedTuple):
    """One sequence of a variant.

    Attributes:
        sequence: Its name.
        voxels: Intensities, shape (i, j, k).
        liver: Liver mask of the same shape.
        affine_lps: Matrix from voxel index to LPS position.
        has_mask: Whether the donor has a mask of this sequence.
    """

    sequence: str
    voxels: NDArray[np.int16]
    liver: NDArray[np.uint8]
    affine_lps: NDArray[np.floating[Any]]
    has_mask: bool


class Variant(NamedTuple):
    """A variant and the truth about it, as one row of plain values."""

    scans: tuple[Scan, ...]
    truth: dict[str, Any]


def plan_variants(donor_id: str, settings: PlantedSettings) -> list[VariantPlan]:
    """Return the variants of a donor, positives first."""
    operated = settings.control == "planted"
    strengths = (settings.strength, 0.0) if operated else (0.0, None)
    counts = (settings.n_positive, settings.n_negative)
    plans = []
    for letter, label, strength, n in zip("pn", (1, 0), strengths, counts, strict=True):
        for number in range(n):
            seed = seed_of(settings.seed, "planted", donor_id, letter, number)
            plans.append(VariantPlan(f"{donor_id}-{letter}{number}", label, seed, strength))
    return plans


def measure_surfaces(donor: Donor) -> dict[str, Surface]:
    """Return the liver surface in each sequence, which all variants of a donor share."""
    return {
        volume.sequence: measure_surface(volume.liver, volume.affine_lps)
        for volume in donor.volumes
        if volume.liver.any()
    }


def make_variant(
    donor: Donor, surfaces: dict[str, Surface], plan: VariantPlan, settings: PlantedSettings
) -> Variant:
    """Make one variant; all its sequences share one geometry.

    Positives, shams and untouched variants are sampled once each, with the same code; only
    the displacement that is composed into the sampling, and the texture, differ.
    """
    variation = draw_variation(_rng(plan, "variation"), settings, center_mm=donor.center_mm)
    place = _draw_place(donor, surfaces, plan, settings)
    signal = None
    if plan.strength is not None:
        signal = draw_signal(
            _rng(plan, "signal"),
            settings,
            strength=plan.strength,
            center_mm=donor.center_mm,
            place=place,
        )
    scans = tuple(
        _make_scan(volume, surfaces.get(volume.sequence), variation, signal, plan)
        for volume in donor.volumes
    )
    return Variant(scans, _tell_truth(donor, plan, variation, signal, place))


def _make_scan(
    volume: DonorVolume,
    surface: Surface | None,
    variation: Variation,
    signal: Signal | None,
    plan: VariantPlan,
) -> Scan:
    voxels = volume.voxels
    if signal is not None and surface is not None:
        voxels = modulate(volume, signal, surface)

    def compose(points: Points) -> Points:
        moved = move(points, variation)
        if signal is None or surface is None:
            return moved
        return displace(moved, signal, surface)

    coordinates = find_coordinates(voxels.shape, volume.affine_lps, compose)
    return Scan(
        sequence=volume.sequence,
        voxels=vary_intensities(
            sample_linear(voxels, coordinates), variation, _rng(plan, f"noise {volume.sequence}")
        ),
        liver=sample_nearest(volume.liver, coordinates),
        affine_lps=volume.affine_lps,
        has_mask=volume.has_mask,
    )


def _draw_place(
    donor: Donor, surfaces: dict[str, Surface], plan: VariantPlan, settings: PlantedSettings
) -> Place | None:
    """Draw a place near the surface in the liver's largest axial section, which is shown."""
    if settings.extent == "whole":
        return None
    reference = donor.reference
    foot_to_head = int(np.argmax(np.abs(reference.affine_lps[2, :3])))
    liver = np.moveaxis(reference.liver, foot_to_head, 0)
    largest = int(np.argmax(liver.sum((1, 2))))
    index = np.argwhere(reference.liver).T
    points = apply_affine(
        reference.affine_lps, index[:, index[foot_to_head] == largest].astype(np.float64)
    )
    depth = -distances_at(surfaces[reference.sequence], points)
    fitting = np.flatnonzero((depth >= _PLACE_DEPTH_MM[0]) & (depth <= _PLACE_DEPTH_MM[1]))
    # A liver too thin for the rule still has voxels.
    among = fitting if fitting.size else np.arange(points.shape[1])
    x, y, z = points[:, _rng(plan, "place").choice(among)].tolist()
    return Place((x, y, z), settings.local_radius_mm)


def _tell_truth(
    donor: Donor,
    plan: VariantPlan,
    variation: Variation,
    signal: Signal | None,
    place: Place | None,
) -> dict[str, Any]:
    shown = None
    if place is not None:
        shown = find_shown_at(np.reshape(place.center_mm, (3, 1)), variation)
    index = None
    if shown is not None:
        index = apply_affine(np.linalg.inv(donor.reference.affine_lps), shown)
    return {
        "patient_id": plan.patient_id,
        "donor_id": donor.donor_id,
        "group_id": donor.group_id,
        "planted_label": plan.label,
        "operated": int(signal is not None),
        "strength": plan.strength or 0.0,
        "nodularity_mm": signal.nodularity_mm if signal else 0.0,
        "texture_share": signal.texture_share if signal else 0.0,
        **_name_axes("place_{}_mm", "xyz", shown),
        **_name_axes("place_voxel_{}", "ijk", index),
        "place_sequence": donor.reference.sequence if place else None,
        "place_radius_mm": place.radius_mm if place else None,
        "seed": str(plan.seed),
    }


def _name_axes(pattern: str, axes: str, position: Points | None) -> dict[str, float | None]:
    values = [None] * 3 if position is None else [round(v, 2) for v in position[:, 0].tolist()]
    return {pattern.format(axis): value for axis, value in zip(axes, values, strict=True)}


def _rng(plan: VariantPlan, purpose: str) -> np.random.Generator:
    return np.random.default_rng(seed_of(plan.seed, purpose))
