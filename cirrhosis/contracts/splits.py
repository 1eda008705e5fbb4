"""The split file: which side of every boundary a patient stands on."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.cohort import DATE, IDENTIFIER
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import hash_file, read_table, write_table
from cirrhosis.contracts.schema import check_table

COLUMNS = ("patient_id", "group_id", "study_date", "target", "split", "fold", "excluded_for")
FOLD_CENTERS = ".folds.csv"
TRAINING = "training"
TEST_SPLITS = ("internal_1", "internal_2", "external")

SCHEMA = pa.DataFrameSchema(
    {
        "patient_id": pa.Column("string", pa.Check.str_matches(IDENTIFIER), coerce=True),
        "group_id": pa.Column("string", coerce=True),
        "study_date": pa.Column("string", pa.Check.str_matches(DATE), nullable=True, coerce=True),
        "target": pa.Column("Int64", pa.Check.isin([0, 1]), nullable=True, coerce=True),
        "split": pa.Column(
            "string", pa.Check.isin([TRAINING, *TEST_SPLITS]), nullable=True, coerce=True
        ),
        "fold": pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True),
        "excluded_for": pa.Column("string", nullable=True, coerce=True),
    }
)
FOLD_SCHEMA = pa.DataFrameSchema(
    {
        "fold": pa.Column(int, pa.Check.ge(0), unique=True, coerce=True),
        "centers": pa.Column("string", coerce=True),
    }
)


@dataclass(frozen=True)
class Splits:
    """A split file in memory.

    Attributes:
        name: The file's name without suffix.
        hash: SHA-256 of the file; every later artefact carries it.
        table: One row per patient; `excluded_for` is empty for those who take part.
    """

    name: str
    hash: str
    table: pd.DataFrame

    @property
    def included(self) -> pd.DataFrame:
        """Rows of the patients who take part."""
        return self.table[self.table["excluded_for"].isna()]

    @property
    def n_folds(self) -> int:
        """Number of folds of the training patients."""
        return int(self.included["fold"].max()) + 1


def check_splits(table: pd.DataFrame, source: Path | str = "splits") -> pd.DataFrame:
    """Return `table` if nobody stands on two sides and every fold can be learnt from.

    Raises:
        ContractError: If a patient has two rows, a group is split apart, an included patient
            lacks target or split, a fold is given outside `training` or absent inside it,
            folds are not 0..k-1, or a fold holds one class.
    """
    if "group_id" not in table and "patient_id" in table:
        table = table.assign(group_id=table["patient_id"])
    table = check_table(table.reset_index(drop=True), SCHEMA, source)
    repeated = table.loc[table["patient_id"].duplicated(), "patient_id"].unique()
    if len(repeated):
        raise ContractError(
            f"{source}: expected each patient once, but {len(repeated)} stand in several rows:"
            f" {first(repeated)}. A patient on two sides leaks; draw the split again."
        )
    included = table[table["excluded_for"].isna()]
    _check_sides(included, source)
    _check_groups(included, source)
    _check_folds(included[included["split"] == TRAINING], source)
    return table.loc[:, list(COLUMNS)]


def read_splits(path: Path) -> Splits:
    """Read and check a split file.

    Raises:
        ContractError: If the file is absent or breaks the contract.
    """
    text = ("patient_id", "group_id", "study_date", "split", "excluded_for")
    table = check_splits(read_table(path, text), path)
    return Splits(path.stem, hash_file(path), table)


def read_fold_centers(path: Path) -> dict[int, str]:
    """Return the centres of each fold of a split file, empty where folds were drawn.

    Args:
        path: The split file; the names stand beside it in `<name>.folds.csv`.

    Raises:
        ContractError: If a column is absent or a fold has two rows.
    """
    beside = path.with_suffix(FOLD_CENTERS)
    if not beside.is_file():
        return {}
    table = check_table(read_table(beside, ("centers",)), FOLD_SCHEMA, beside)
    return {
        int(fold): str(name) for fold, name in zip(table["fold"], table["centers"], strict=True)
    }


def write_splits(table: pd.DataFrame, path: Path) -> Splits:
    """Check and write a split file, rows sorted by patient, and return it.

    Raises:
        ContractError: If the table breaks the contract, or `path` holds another split:
            a split is drawn once, because every artefact after it depends on it.
    """
    table = check_splits(table, path).sort_values("patient_id", ignore_index=True)
    if path.exists() and path.read_text() != table.to_csv(index=False, lineterminator="\n"):
        raise ContractError(
            f"{path} holds another split, and artefacts may depend on it. Choose another"
            " `split.name`, or remove the file to draw anew."
        )
    write_table(table, path)
    return Splits(path.stem, hash_file(path), table)


def _check_sides(included: pd.DataFrame, source: Path | str) -> None:
    for column in ("target", "split"):
        absent = included.loc[included[column].isna(), "patient_id"]
        if len(absent):
            raise ContractError(
                f"{source}: expected a {column} for every included patient, but {len(absent)}"
                f" have none: {first(absent)}. Fill it in, or state a reason in excluded_for."
            )
    stray = included.loc[(included["split"] != TRAINING) & included["fold"].notna(), "patient_id"]
    if len(stray):
        raise ContractError(
            f"{source}: expected folds in `training` only, but {len(stray)} test patients have"
            f" one: {first(stray)}. Clear it."
        )


def _check_groups(included: pd.DataFrame, source: Path | str) -> None:
    sides = included["split"].str.cat(included["fold"].astype("string").fillna(""), sep=" ")
    counts = sides.groupby(included["group_id"]).nunique()
    torn = counts[counts > 1].index
    if len(torn):
        raise ContractError(
            f"{source}: expected each group (donor, family) on one side of every boundary, but"
            f" {len(torn)} are split apart: {first(torn)}. Draw the folds by group_id."
        )


def _check_folds(training: pd.DataFrame, source: Path | str) -> None:
    absent = training.loc[training["fold"].isna(), "patient_id"]
    if len(absent):
        raise ContractError(
            f"{source}: expected a fold for every training patient, but {len(absent)} have"
            f" none: {first(absent)}."
        )
    folds = sorted(int(fold) for fold in training["fold"].unique())
    if len(folds) < 2 or folds != list(range(len(folds))):
        raise ContractError(
            f"{source}: expected folds 0..k-1 with k of at least 2, but found {folds}"
        )
    classes = training.groupby("fold")["target"].nunique()
    single = classes[classes < 2].index
    if len(single):
        raise ContractError(
            f"{source}: expected both classes in every fold, but fold {first(single)} holds one;"
            " use fewer folds (`split.n_folds`) or more patients of the rarer class"
        )
