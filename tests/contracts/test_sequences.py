import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sequences import check_available, join_sequences, parse_sequences, subsets

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,3}", fullmatch=True), min_size=1, unique=True)


@given(NAMES, st.randoms())
def test_spelling_and_order_name_the_same_run(names, random):
    shuffled = random.sample(names, len(names))
    assert join_sequences(shuffled) == join_sequences("+".join(names).split("+"))
    assert parse_sequences("+".join(shuffled)) == tuple(sorted(names))


@pytest.mark.parametrize("value", ["", [], "t1+", "T1", "t1+t1", ["t1", "t1"], "t 1"])
def test_refuses(value):
    with pytest.raises(ContractError):
        parse_sequences(value)


def test_subsets_of_three_are_seven_and_smaller_ones_come_first():
    assert subsets(["t2", "pvp", "t1"]) == [
        "pvp",
        "t1",
        "t2",
        "pvp+t1",
        "pvp+t2",
        "t1+t2",
        "pvp+t1+t2",
    ]


def test_absent_sequence_is_named():
    check_available(["t1"], ["t1", "t2"], "the store")
    with pytest.raises(ContractError, match=r"the store holds .t1, t2., but 'dwi'"):
        check_available(["t1", "dwi"], ["t2", "t1"], "the store")
    with pytest.raises(ContractError, match=r"change `data\.complete_over` or prepare"):
        check_available(["dwi"], ["t1"], "the store", setting="data.complete_over")
