"""What the headers of a volume forbid, and which volumes one protocol made."""

from cirrhosis.contracts.series import T1, T2, FoundSeries
from cirrhosis.imaging.sequence_settings import IdentificationSettings

# Values of ImageType of volumes that were computed from others or are no pictures of tissue.
COMPUTED = {
    "SUBTRACTION", "SUBTRACT", "SUB", "MIP", "MINIP", "MPR", "PROJECTION IMAGE", "ADC", "LOCALIZER",
    "CSA MPR", "CSA RESAMPLED", "FA", "TRACEW", "PHASE MAP",
}  # fmt: skip
WATER = {"WATER", "W"}
NOT_WATER = {
    "FAT", "F", "FF", "FAT_FRACTION", "IN_PHASE", "IP", "OUT_PHASE", "OPP_PHASE", "OP",
}  # fmt: skip
FAT_SUPPRESSED = {"FS", "SFS", "FATSAT", "FS_GEMS", "SPSP", "WE"}
GADOXETATE = ("gadoxet", "primovist", "eovist")


def find_veto(series: FoundSeries, weighting: str, settings: IdentificationSettings) -> str:
    """Return why the headers of `series` forbid `weighting`, or nothing if they do not."""
    if series.orientation not in ("", "axial"):
        return f"{series.orientation}, not axial"
    if series.n_slices < settings.fewest_slices:
        return f"{series.n_slices} slices, fewer than {settings.fewest_slices}"
    computed = _find_computed(set(series.image_type))
    if computed:
        return f"ImageType says {computed}"
    check = _forbid_t2 if weighting == T2 else _forbid_t1
    return check(series, settings)


def weigh_by_headers(series: FoundSeries, settings: IdentificationSettings) -> str:
    """Return the weighting that echo and pulse sequence tell alone, or nothing."""
    if series.echo_time_ms is None or not series.scanning_sequence:
        return ""
    if "GR" in series.scanning_sequence:
        # Balanced gradient echoes have such echo times too; spoiled ones say that they are.
        is_t1 = "SP" in series.sequence_variant and not _forbid_t1(series, settings)
        return T1 if is_t1 else ""
    is_t2 = "SE" in series.scanning_sequence and not _forbid_t2(series, settings)
    return T2 if is_t2 else ""


def share_protocol(
    one: FoundSeries, other: FoundSeries, settings: IdentificationSettings
) -> bool | None:
    """Tell whether one protocol made both by TR, TE, flip angle and matrix; None if unknown."""
    pairs = (
        (one.repetition_time_ms, other.repetition_time_ms, _repetition_limit(one, settings)),
        (one.echo_time_ms, other.echo_time_ms, settings.echo_tolerance_ms),
        (one.flip_angle_deg, other.flip_angle_deg, settings.flip_tolerance_deg),
    )
    known = [(a, b, limit) for a, b, limit in pairs if a is not None and b is not None]
    if len(known) < len(pairs):
        return None
    same_matrix = (one.rows, one.columns) == (other.rows, other.columns)
    return same_matrix and all(abs(a - b) <= limit for a, b, limit in known)


def is_gadoxetate(series: FoundSeries) -> bool:
    """Tell whether the agent is one that hepatocytes take up."""
    return any(name in series.contrast_agent.lower() for name in GADOXETATE)


def suppresses_fat(series: FoundSeries) -> bool:
    """Tell whether ScanOptions or ImageType say that fat is suppressed."""
    return bool(FAT_SUPPRESSED & set(series.scan_options) or WATER & set(series.image_type))


def describe_headers(series: FoundSeries) -> str:
    """Return the numbers that a person or a reason needs, in words."""
    numbers = (
        (series.repetition_time_ms, "TR {:.4g} ms"),
        (series.echo_time_ms, "TE {:.4g} ms"),
        (series.flip_angle_deg, "flip {:.3g} deg"),
    )
    told = [text.format(value) for value, text in numbers if value is not None]
    return ", ".join([*told, f"{series.n_slices} slices"])


def _find_computed(image_type: set[str]) -> str:
    found = COMPUTED & image_type
    if found or NOT_WATER & image_type:
        return min(found or NOT_WATER & image_type)
    # Water images are computed and wanted.
    if "DERIVED" in image_type and not WATER & image_type:
        return "DERIVED"
    return ""


def _forbid_t2(series: FoundSeries, settings: IdentificationSettings) -> str:
    sequence, echo = series.scanning_sequence, series.echo_time_ms
    if "EP" in sequence or ("GR" in sequence and "SE" not in sequence):
        return f"ScanningSequence {'/'.join(sequence)}, not a spin echo"
    if echo is not None and echo <= settings.t2_shortest_echo_ms:
        return f"echo time {echo:.4g} ms, not above {settings.t2_shortest_echo_ms:.4g}"
    if echo is not None and echo > settings.t2_longest_echo_ms:
        return f"echo time {echo:.4g} ms, above {settings.t2_longest_echo_ms:.4g}"
    return ""


def _forbid_t1(series: FoundSeries, settings: IdentificationSettings) -> str:
    sequence, echo = series.scanning_sequence, series.echo_time_ms
    if "EP" in sequence or ("SE" in sequence and "GR" not in sequence):
        return f"ScanningSequence {'/'.join(sequence)}, not a gradient echo"
    if echo is not None and echo >= settings.t1_longest_echo_ms:
        return f"echo time {echo:.4g} ms, not below {settings.t1_longest_echo_ms:.4g}"
    return ""


def _repetition_limit(series: FoundSeries, settings: IdentificationSettings) -> float:
    return settings.repetition_tolerance * (series.repetition_time_ms or 0.0)
