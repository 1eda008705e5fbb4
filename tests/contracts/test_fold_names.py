import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.fold_names import list_pairs, name_folds, parse_folds


def test_one_fold_stays_a_number_and_a_pair_has_one_name():
    assert parse_folds(3) == parse_folds("3") == (3,)
    assert parse_folds("3-1") == parse_folds("1-3") == (1, 3)
    assert name_folds((3,)) == 3
    assert name_folds((3, 1)) == name_folds((1, 3)) == "1-3"


def test_every_pair_is_listed_once():
    assert list_pairs(3) == ["0-1", "0-2", "1-2"]
    assert len(list_pairs(5)) == 10
    assert {parse_folds(name) for name in list_pairs(5)} == {
        (one, other) for one in range(5) for other in range(one + 1, 5)
    }


@pytest.mark.parametrize("word", ["1-1", "1-2-3", "-1", "best", "", "1.0"])
def test_other_words_are_refused(word):
    with pytest.raises(ContractError, match="two different ones such as 1-3"):
        parse_folds(word)
