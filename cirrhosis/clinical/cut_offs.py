"""Published cut-offs of blood scores: what each claims, where, and who says so.

A cut-off belongs to its condition: those of FIB-4 are mostly for advanced fibrosis, not for
cirrhosis, and APRI's move with the laboratory's upper limit of normal AST.
"""

from typing import Literal, NamedTuple


class PublishedCutOff(NamedTuple):
    """A cut-off as published.

    Attributes:
        name: Short, unique, for configuration and tables.
        score: Column of `score_table`: `fib4`, `apri`, `nfs`.
        value: The cut-off.
        use: `rule_out`: a lower score (or an equal one, with `is_inclusive`) speaks against
            the condition. `rule_in`: a higher score speaks for it. `both`: one cut-off for
            either.
        condition: What is ruled in or out, and in whom.
        source: Where it is published.
        is_inclusive: Whether the cut-off itself is on the lower side as well (`<=`).
    """

    name: str
    score: str
    value: float
    use: Literal["rule_out", "rule_in", "both"]
    condition: str
    source: str
    is_inclusive: bool = False


_STERLING = "Sterling et al. (2006), Hepatology 43(6), 1317-1325"
_MCPHERSON = "McPherson et al. (2017), Am J Gastroenterol 112(5), 740-751"
_WAI = "Wai et al. (2003), Hepatology 38(2), 518-526"
_ANGULO = "Angulo et al. (2007), Hepatology 45(4), 846-854"
_ZHENG = "Zheng et al. (2024), Insights Imaging 15, 298: Youden on its training set"
_WHO_2015 = "WHO guidelines on hepatitis B (2015)"
_WHO_2024 = "WHO guidelines on hepatitis B (2024)"
_MASLD = "EASL, EASD, EASO (2024), J Hepatol 81(3), 492-542"

CUT_OFFS = (
    PublishedCutOff(
        "fib4_sterling_low", "fib4", 1.45, "rule_out", "Ishak 4-6, HIV and HCV", _STERLING
    ),
    PublishedCutOff(
        "fib4_sterling_high", "fib4", 3.25, "rule_in", "Ishak 4-6, HIV and HCV", _STERLING
    ),
    PublishedCutOff("fib4_masld_low", "fib4", 1.3, "rule_out", "F3-F4, MASLD, 35-64 years", _MASLD),
    PublishedCutOff("fib4_masld_high", "fib4", 2.67, "rule_in", "F3-F4, MASLD", _MASLD),
    PublishedCutOff(
        "fib4_masld_low_65", "fib4", 2.0, "rule_out", "F3-F4, MASLD, 65 years or more", _MCPHERSON
    ),
    PublishedCutOff(
        "fib4_hbv_cirrhosis", "fib4", 3.6, "rule_in", "cirrhosis, HBV", "Xu et al. (2014), PLoS One"
    ),
    PublishedCutOff("fib4_zheng", "fib4", 2.26352, "both", "S4, mostly HBV", _ZHENG),
    PublishedCutOff(
        "apri_wai_low", "apri", 0.5, "rule_out", "Ishak 3-6, HCV", _WAI, is_inclusive=True
    ),
    PublishedCutOff("apri_wai_high", "apri", 1.5, "rule_in", "Ishak 3-6, HCV", _WAI),
    PublishedCutOff("apri_wai_cirrhosis_low", "apri", 1.0, "rule_out", "cirrhosis, HCV", _WAI),
    PublishedCutOff("apri_wai_cirrhosis_high", "apri", 2.0, "rule_in", "cirrhosis, HCV", _WAI),
    PublishedCutOff("apri_who_2015", "apri", 2.0, "rule_in", "cirrhosis, HBV", _WHO_2015),
    PublishedCutOff("apri_who_2024_low", "apri", 0.5, "rule_in", "F2-F4, HBV", _WHO_2024),
    PublishedCutOff("apri_who_2024", "apri", 1.0, "rule_in", "cirrhosis, HBV", _WHO_2024),
    PublishedCutOff(
        "apri_zheng",
        "apri",
        0.54094,
        "both",
        "S4, mostly HBV; not portable, the upper limit of AST is not stated",
        _ZHENG,
    ),
    PublishedCutOff("nfs_low", "nfs", -1.455, "rule_out", "F3-F4, NAFLD, below 65 years", _ANGULO),
    PublishedCutOff("nfs_high", "nfs", 0.676, "rule_in", "F3-F4, NAFLD", _ANGULO),
    PublishedCutOff(
        "nfs_low_65", "nfs", 0.12, "rule_out", "F3-F4, NAFLD, 65 years or more", _MCPHERSON
    ),
)


def find_cut_off(name: str) -> PublishedCutOff:
    """Return a published cut-off by name.

    Raises:
        ValueError: If there is none; the text lists the known names.

    Example:
        >>> find_cut_off("fib4_zheng").value
        2.26352
    """
    for cut_off in CUT_OFFS:
        if cut_off.name == name:
            return cut_off
    known = ", ".join(cut_off.name for cut_off in CUT_OFFS)
    raise ValueError(f"expected a published cut-off among {known}; found '{name}'")
