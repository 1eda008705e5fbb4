"""Histological fibrosis schemes, and what counts as cirrhosis in each.

Beijing and Scheuer stage 4 includes early or probable cirrhosis and is wider than METAVIR F4
or Ishak 6: keep the scheme beside the stage.

References:
    Zheng et al. (2024): Beijing 1995 criteria, S4 early or definite cirrhosis.
    Scheuer (1991), J Hepatol 13(3), 372-374.
    Bedossa, Poynard (1996), Hepatology 24(2), 289-293 (METAVIR).
    Ishak et al. (1995), J Hepatol 22(6), 696-699.
    Kleiner et al. (2005), Hepatology 41(6), 1313-1321 (NASH CRN).
    Batts, Ludwig (1995), Am J Surg Pathol 19(12), 1409-1417.
    Kim et al. (2012), J Hepatol 57(3), 556-563 (Laennec).
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
}
CIRRHOSIS = 4


def metavir_stage(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool = True) -> int:
    """Return the METAVIR equivalent, 0 to 4, of a stage.

    Args:
        scheme: One of `beijing`, `scheuer`, `metavir`, `ishak`, `nash_crn`,
            `batts_ludwig`, `laennec`.
        stage: As reported: `S4`, `F3`, `4`, `4A`.
        ishak_5_is_cirrhosis: Whether Ishak 5 (incomplete cirrhosis) equals 4 or 3.

    Raises:
        ValueError: If the scheme or the stage is unknown; the text lists the known ones.

    Example:
        >>> metavir_stage("ishak", "4")
        3
    """
    name = str(scheme).strip().lower()
    if name not in METAVIR_EQUIVALENTS:
        raise ValueError(
            f"expected a fibrosis scheme among {', '.join(METAVIR_EQUIVALENTS)},"
            f" found {scheme!r}; name the scheme or map it onto one of these"
        )
    stages = METAVIR_EQUIVALENTS[name]
    bare = re.sub(r"^[SF]|\.0$", "", str(stage).strip().upper())
    if bare not in stages:
        raise ValueError(
            f"expected a stage of {name} among {', '.join(stages)} (with or without S or F),"
            f" found {stage!r}; correct the stage or the scheme"
        )
    if name == "ishak" and bare == "5" and not ishak_5_is_cirrhosis:
        return CIRRHOSIS - 1
    return stages[bare]


def is_cirrhosis(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool = True) -> bool:
    """Return whether a stage is cirrhosis in its scheme.

    Args:
        scheme: As in `metavir_stage`.
        stage: As in `metavir_stage`.
        ishak_5_is_cirrhosis: Whether Ishak 5 (incomplete cirrhosis) counts.

    Raises:
        ValueError: If the scheme or the stage is unknown; the text lists the known ones.

    Example:
        >>> is_cirrhosis("beijing", "S4")
        True
    """
    return metavir_stage(scheme, stage, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis) == CIRRHOSIS
