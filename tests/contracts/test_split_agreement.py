import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.contracts.split_agreement import check_agreement
from tests.made_store import make_split


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    return make_split(tmp_path_factory.mktemp("splits") / "s.csv").table


def make_rows(splits):
    rows = []
    for row in splits.itertuples():
        folds = [row.fold] if row.split == "training" else range(5)
        rows += [
            ["e", "v", "cnn", "t1", "nested", 1, fold, row.split, row.patient_id, row.target, 0.5]
            for fold in folds
        ]
    table = pd.DataFrame(rows, columns=COLUMNS[:11])
    return table.assign(score_kind="probability", y_pred=pd.NA)


def test_rows_of_the_split_pass_and_may_lack_patients(splits):
    rows = make_rows(splits)
    assert len(check_agreement(rows, splits)) == len(rows)
    assert len(check_agreement(rows[rows["patient_id"] != "P003"], splits)) == len(rows) - 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fold": 3}, r"the fold of the split, but 1 patients have another: 'P000'"),
        ({"y_true": 1}, r"the y_true of the split.*'P000'"),
        ({"split": "internal_1"}, r"the split of the split.*'P000'"),
        ({"patient_id": "stranger"}, r"take part in the split.*'stranger'"),
    ],
)
def test_a_row_that_the_split_does_not_know_is_refused(splits, changes, message):
    rows = make_rows(splits)
    for column, value in changes.items():
        rows.loc[0, column] = value
    with pytest.raises(ContractError, match=message):
        check_agreement(rows, splits)


def test_test_rows_of_an_unknown_fold_are_refused(splits):
    rows = make_rows(splits)
    more = rows[(rows["split"] != "training") & (rows["fold"] == 4)].assign(fold=7)
    with pytest.raises(ContractError, match=r"folds of the split.*'7' among the test"):
        check_agreement(pd.concat([rows, more]), splits)


def test_excluded_patients_have_no_rows(splits):
    rows = make_rows(splits)
    out = splits.assign(excluded_for=splits["excluded_for"].where(splits.index != 2, "age"))
    with pytest.raises(ContractError, match=r"take part in the split.*'P002'"):
        check_agreement(rows, out)
