"""Descriptions of series by their headers, as three vendors write them; no files behind them."""

from dataclasses import replace
from pathlib import Path

from cirrhosis.contracts.series import FoundSeries

T1_HEADERS = {
    "scanning_sequence": ("GR",),
    "sequence_variant": ("SP",),
    "repetition_time_ms": 3.5,
    "echo_time_ms": 1.3,
    "flip_angle_deg": 10.0,
    "rows": 256,
    "columns": 256,
    "n_slices": 72,
}
T2_HEADERS = {
    "scanning_sequence": ("SE",),
    "sequence_variant": ("SK",),
    "repetition_time_ms": 4000.0,
    "echo_time_ms": 85.0,
    "flip_angle_deg": 90.0,
    "rows": 320,
    "columns": 320,
    "n_slices": 32,
}


def series(number, description, **changes):
    """Return an axial series acquired at its number in minutes, without a word of its kind."""
    found = FoundSeries(
        folder=Path("P1"),
        files=(f"{number}.dcm",),
        key=f"1.2.{number}",
        series_uid=f"1.2.{number}",
        patient_id="P1",
        series_number=number,
        description=description,
        image_type=("ORIGINAL", "PRIMARY", "M"),
        acquisition_s=60.0 * number,
        orientation="axial",
    )
    return replace(found, **changes)


def t1(number, description, **changes):
    return series(number, description, **(T1_HEADERS | changes))


def t2(number, description, **changes):
    return series(number, description, **(T2_HEADERS | changes))


def parts(first, times):
    """Return volumes of one series, acquired at `times` (seconds or None)."""
    return tuple(
        replace(first, key=f"{first.series_uid}/{i}", part=i, n_parts=len(times), acquisition_s=at)
        for i, at in enumerate(times)
    )


def localiser(number=1, description="3 plane loc"):
    return series(number, description, n_slices=20, orientation="coronal")


def timed(number, name, after_s, **changes):
    """Return an unnamed dynamic volume that starts `after_s` after noon."""
    return t1(number, name, acquisition_s=43200.0 + after_s, **changes)


SIEMENS = (
    localiser(1, "localizer"),
    t2(2, "t2_haste_cor_mbh", orientation="coronal"),
    t2(3, "t2_tse_fs_tra_trig"),
    t1(4, "t1_fl2d_opp-in_tra", repetition_time_ms=120.0, echo_time_ms=2.3, n_slices=30),
    t1(5, "t1_vibe_fs_tra_pre"),
    t1(6, "t1_vibe_fs_tra_art"),
    t1(7, "t1_vibe_fs_tra_portovenous"),
    t1(8, "t1_vibe_fs_tra_late"),
)
GE = (
    localiser(1),
    t2(2, "COR SSFSE", orientation="coronal"),
    t2(3, "Ax T2 FRFSE RT FatSat"),
    t1(4, "Ax LAVA PRE"),
    series(5, "realtime", n_slices=30),
    *parts(t1(6, "Ax LAVA POST"), [360.0, 395.0, 540.0]),
    t1(7, "Ax LAVA DELAYED 5 min"),
)
PHILIPS = (
    localiser(101, "Survey"),
    t2(201, "T2W_TSE_SPIR_ax"),
    t1(301, "e-THRIVE pre"),
    t1(401, "e-THRIVE 20s"),
    t1(501, "e-THRIVE 70s"),
    t1(601, "e-THRIVE 3min"),
    series(701, "DWI b800", scanning_sequence=("SE", "EP"), n_slices=40, echo_time_ms=70.0),
)
