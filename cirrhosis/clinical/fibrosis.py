"""Histological fibrosis schemes, and what counts as cirrhosis in each.

Beijing and Scheuer stage 4 includes early or probable cirrhosis and is wider than METAVIR F4
or Ishak 6: keep the scheme beside the stage. Reports and registries also print two stages at
once (`F3-F4`, `3,4`); such a range has a label only where both ends agree on it.

References:
    Zheng et al. (2024): Beijing 1995 criteria, S4 early or definite cirrhosis.
    Scheuer (1991), J Hepatol 13(3), 372-374.
    Bedossa, Poynard (1996), Hepatology 24(2), 289-293 (METAVIR).
    Ishak et al. (1995), J Hepatol 22(6), 696-699.
    Kleiner et al. (2005), Hepatology 41(6), 1313-1321 (NASH CRN).
    Batts, Ludwig (1995), Am J Surg Pathol 19(12), 1409-1417.
    Kim et al. (2012), J Hepatol 57(3), 556-563 (Laennec).
    Brunt et al. (1999), Am J Gastroenterol 94(9), 2467-2474.
    Ludwig et al. (1978), Virchows Arch A 379(2), 103-112 (primary biliary cholangitis).
"""

import re

_FIVE = {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}
# Stage of each scheme -> METAVIR equivalent; Ishak as in World J Hepatol 2015, 7, 607, Table 1.
METAVIR_EQUIVALENTS: dict[str, dict[str, int]] = {
    "beijing": _FIVE,
    "scheuer": _FIVE,
    "metavir": _FIVE,
    "ishak": {"0": 0, "1": 1, "2": 1, "3": 2, "4": 3, "5": 4, "6": 4},
    "nash_crn": _FIVE | {"1A": 1, "1B": 1, "1C": 1},
    "batts_ludwig": _FIVE,
    "laennec": _FIVE | {"4A": 4, "4B": 4, "4C": 4},
    "brunt": _FIVE,
    # Stages of cholangitis: 4 is cirrhosis; 1 to 3 equal METAVIR's in rank only.
    "ludwig_pbc": {"1": 1, "2": 2, "3": 3, "4": 4},
}
CIRRHOSIS = 4


def metavir_range(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool = True) -> tuple[int, int]:
    """Return the lowest and highest METAVIR equivalent, 0 to 4, of a stage or of two.

    Args:
        scheme: One of `METAVIR_EQUIVALENTS`: `beijing`, `scheuer`, `metavir`, `ishak`,
            `nash_crn`, `batts_ludwig`, `laennec`, `brunt`, `ludwig_pbc`.
        stage: As reported: `S4`, `F3`, `4`, `4A`; or two: `F3-F4`, `3,4`, `3/4`.
        ishak_5_is_cirrhosis: Whether Ishak 5 (incomplete cirrhosis) equals 4 or 3.

    Raises:
        ValueError: If the scheme or a stage is unknown; the text lists the known ones.

    Example:
        >>> metavir_range("ishak", "3,4")
        (2, 3)
    """
    name = str(scheme).strip().lower()
    if name not in METAVIR_EQUIVALENTS:
        raise ValueError(
            f"expected a fibrosis scheme among {', '.join(METAVIR_EQUIVALENTS)},"
            f" found {scheme!r}; name the scheme or map it onto one of these"
        )
    stages = METAVIR_EQUIVALENTS[name]
    if name == "ishak" and not ishak_5_is_cirrhosis:
        stages = stages | {"5": CIRRHOSIS - 1}
    parts = [_bare(part) for part in re.split(r"[-\u2013,/]", str(stage))]
    if len(parts) > 2 or not set(parts) <= set(stages):
        raise ValueError(
            f"expected a stage of {name} among {', '.join(stages)} (with or without S or F, or"
            f" two such as 3-4), found {stage!r}; correct the stage or the scheme"
        )
    found = [stages[part] for part in parts]
    return min(found), max(found)


def reaches_stage(
    scheme: str, stage: str, minimum: int, *, ishak_5_is_cirrhosis: bool = True
) -> bool | None:
    """Return whether a stage is at least a METAVIR equivalent; None for a range across it.

    Args:
        scheme: As in `metavir_range`.
        stage: As in `metavir_range`.
        minimum: METAVIR equivalent, 1 to 4.
        ishak_5_is_cirrhosis: As in `metavir_range`.

    Raises:
        ValueError: As in `metavir_range`.

    Example:
        >>> reaches_stage("metavir", "F2-F3", 2), reaches_stage("metavir", "F2-F3", 3)
        (True, None)
    """
    low, high = metavir_range(scheme, stage, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis)
    return low >= minimum if (low >= minimum) == (high >= minimum) else None


def metavir_stage(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool = True) -> int:
    """Return the METAVIR equivalent, 0 to 4, of a stage.

    Args:
        scheme: As in `metavir_range`.
        stage: As in `metavir_range`.
        ishak_5_is_cirrhosis: As in `metavir_range`.

    Raises:
        ValueError: If the scheme or the stage is unknown, or two stages have two equivalents.

    Example:
        >>> metavir_stage("ishak", "4")
        3
    """
    low, high = metavir_range(scheme, stage, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis)
    if low != high:
        raise ValueError(
            f"expected one METAVIR equivalent, but {stage!r} of {scheme} is {low} or {high};"
            " give one stage, or ask for the range"
        )
    return low


def is_cirrhosis(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool = True) -> bool:
    """Return whether a stage is cirrhosis in its scheme.

    Args:
        scheme: As in `metavir_range`.
        stage: As in `metavir_range`.
        ishak_5_is_cirrhosis: Whether Ishak 5 (incomplete cirrhosis) counts.

    Raises:
        ValueError: If the scheme or the stage is unknown, or one of two stages is cirrhosis
            and the other is not.

    Example:
        >>> is_cirrhosis("beijing", "S4")
        True
    """
    found = reaches_stage(scheme, stage, CIRRHOSIS, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis)
    if found is None:
        raise ValueError(
            f"expected a stage on one side of cirrhosis, but {stage!r} of {scheme} is on both;"
            " give one stage, or leave it empty to exclude"
        )
    return found


def _bare(part: str) -> str:
    return re.sub(r"^[SF]|\.0$", "", part.strip().upper())
