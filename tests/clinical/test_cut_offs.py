"""Published cut-offs: the printed numbers, and ranges that do not cross."""

import pytest

from cirrhosis.clinical.cut_offs import CUT_OFFS, find_cut_off
from cirrhosis.clinical.score_table import SCORES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fib4_sterling_low", 1.45),
        ("fib4_sterling_high", 3.25),
        ("fib4_masld_low", 1.3),
        ("fib4_masld_high", 2.67),
        ("fib4_masld_low_65", 2.0),
        ("fib4_hbv_cirrhosis", 3.6),
        ("fib4_zheng", 2.26352),
        ("apri_zheng", 0.54094),
        ("apri_who_2015", 2.0),
        ("apri_who_2024", 1.0),
        ("nfs_low", -1.455),
        ("nfs_high", 0.676),
        ("nfs_low_65", 0.12),
    ],
)
def test_printed_values(name, value):
    assert find_cut_off(name).value == value


def test_names_are_unique_and_scores_exist():
    names = [cut_off.name for cut_off in CUT_OFFS]
    assert len(set(names)) == len(names)
    for cut_off in CUT_OFFS:
        assert cut_off.score in SCORES
        assert cut_off.name.startswith(cut_off.score)
        assert cut_off.condition
        assert cut_off.source


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"fib4_sterling_low.*found 'fib5'"):
        find_cut_off("fib5")
