"""P values adjusted for the number of tests."""

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests

from cirrhosis.statistics.samples import check_choice

METHODS = {"holm": "holm", "benjamini_hochberg": "fdr_bh"}


def adjust_p_values(p_values: Sequence[float | None], *, method: str) -> list[float | None]:
    """Adjust the p values of a family of tests.

    Estimand: `holm` bounds the probability of any false rejection in the family, under
    any dependence; `benjamini_hochberg` the expected share of false ones among the
    rejections, for independent or positively dependent tests. An undefined p value (None)
    stays None and does not count as a test.

    Args:
        p_values: P values of the family, in [0, 1] or None.
        method: `holm` or `benjamini_hochberg`.

    Returns:
        The adjusted p values in the order given, at most 1.

    Raises:
        ValueError: If a p value is outside [0, 1] or the method is unknown.

    References:
        Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
        Benjamini, Hochberg (1995), J R Stat Soc B 57(1), 289-300.

    Example:
        >>> adjust_p_values([0.01, None, 0.5], method="holm")
        [0.02, None, 0.5]
    """
    check_choice(method, known=tuple(METHODS), name="method")
    defined = [float(one) for one in p_values if one is not None]
    wrong = [one for one in defined if not 0 <= one <= 1]
    if wrong:
        raise ValueError(
            f"expected p values in [0, 1] or None, but {len(wrong)} are not: {wrong[:3]};"
            " give None where a test is undefined"
        )
    if not defined:
        return [None for _ in p_values]
    adjusted = iter(multipletests(defined, method=METHODS[method])[1])
    return [None if one is None else float(next(adjusted)) for one in p_values]
