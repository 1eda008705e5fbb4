"""Names and order in which models and splits are shown."""

import pandas as pd

from cirrhosis.contracts.splits import TRAINING

MODELS = {
    "combined": "Combined",
    "cnn": "CNN",
    "clinical": "Clinical",
    "fib4": "FIB-4",
    "apri": "APRI",
    "reader_1": "Reader 1",
    "reader_2": "Reader 2",
}
SPLITS = {
    "training": "Training",
    "internal_1": "Internal test 1",
    "internal_2": "Internal test 2 (later)",
    "external": "External test",
    "all_tests": "All tests together",
    "all": "All patients",
}
MEASURES = {
    "auroc": "AUROC",
    "auroc_p": "P of areas",
    "calibration_slope": "calibration slope",
    "observed_to_expected": "O:E",
    "ppv": "PPV",
    "npv": "NPV",
}
METHODS = {
    "delong": "DeLong",
    "delong_paired": "paired DeLong",
    "wilson": "Wilson",
    "loess_interpolate": "loess, interpolated",
    "loess_direct": "loess, direct",
    "clopper_pearson": "Clopper-Pearson",
    "mercaldo_logit": "Mercaldo (logit)",
    "logistic_recalibration_wald": "Wald of the logistic recalibration",
    "log_normal": "log-normal",
}
# What may tell two rows of one model apart.
_DISTINGUISHING = ("experiment", "variant", "sequences", "seed")


# A figure has no room for more; tables show names whole.
_LONGEST = 34


def shorten(name: str) -> str:
    """Return a name as figures show it."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def name_model(model: str) -> str:
    """Return the name shown for a model; unknown ones keep theirs.

    A reader joined with a score is named by both, such as `Reader 1 and FIB-4`.
    """
    for word in ("and", "or"):
        reader, joined, score = model.partition(f"_{word}_")
        if joined and reader in MODELS and score in MODELS:
            return f"{MODELS[reader]} {word} {MODELS[score]}"
    return MODELS.get(model, model)


def name_method(method: str) -> str:
    """Return the name shown for a method; what evaluation adds after a comma stays."""
    name, comma, more = method.partition(",")
    return METHODS.get(name, name.replace("_", " ")) + (
        f" ({more.strip().replace('_', ' ')})" if comma else ""
    )


def name_split(split: str) -> str:
    """Return the name shown for a split; unknown ones keep theirs."""
    return SPLITS.get(split, split)


def name_rows(split: str) -> str:
    """Return the name shown for the scored rows of a split: training rows are out-of-fold."""
    return f"{name_split(split)}{' (out-of-fold)' if split == TRAINING else ''}"


def is_reader(model: str) -> bool:
    """Return whether a model is a person, who gives calls and no curve."""
    return model.startswith("reader")


def label_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return Table 2 in the order it is shown, with a column `label` that names each model.

    Where a model has several rows in one split, the label carries what tells them apart.
    """
    ordered = table.assign(
        _split=table["split"].map(lambda split: _place(split, SPLITS)),
        _model=table["model"].map(lambda model: _place(model, MODELS)),
    ).sort_values(["_split", "split", "_model", "model"], kind="stable", ignore_index=True)
    labels = _tell_apart(ordered, ordered["model"].map(name_model), keys=["model", "split"])
    return ordered.drop(columns=["_split", "_model"]).assign(label=labels)


def label_combinations(table: pd.DataFrame) -> pd.DataFrame:
    """Return the combinations with a column `label` that names each."""
    return table.assign(label=_tell_apart(table, table["sequences"], keys=["sequences"]))


def order_splits(splits: pd.Series) -> list[str]:
    """Return the splits that occur, in the order they are shown."""
    return sorted(splits.unique(), key=lambda split: (_place(split, SPLITS), split))


def _tell_apart(table: pd.DataFrame, labels: pd.Series, *, keys: list[str]) -> pd.Series:
    for column in _DISTINGUISHING:
        if column not in table or column in keys:
            continue
        if table.groupby(keys)[column].nunique().max() > 1:
            words = table[column].astype("string").fillna("not given")
            labels = labels + ", " + column + " " + words
    return labels


def _place(name: str, known: dict[str, str]) -> int:
    return list(known).index(name) if name in known else len(known)
