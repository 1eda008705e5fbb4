"""The METAVIR equivalent of every patient's reported stage."""

import pandas as pd

from cirrhosis.clinical.fibrosis import metavir_stage

COLUMNS = ("fibrosis_scheme", "fibrosis_stage")
STAGES = (0, 1, 2, 3, 4)


def find_metavir_stages(facts: pd.DataFrame, *, ishak_5_is_cirrhosis: bool = True) -> pd.Series:
    """Return the METAVIR-equivalent stage, 0 to 4, as Int64.

    It is missing where scheme or stage is missing or unknown to the schemes: a label may
    come from another column, so an odd stage is no error here.
    """
    found = pd.Series(pd.NA, index=facts.index, dtype="Int64")
    if any(column not in facts for column in COLUMNS):
        return found
    staged = facts[list(COLUMNS)].dropna()
    known = {
        pair: _convert(*pair, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis)
        for pair in set(staged.itertuples(index=False, name=None))
    }
    values = [known[pair] for pair in staged.itertuples(index=False, name=None)]
    found.loc[staged.index] = pd.array(values, dtype="Int64")
    return found


def has_ishak(facts: pd.DataFrame) -> bool:
    """Return whether any patient was staged by Ishak's scheme."""
    if "fibrosis_scheme" not in facts:
        return False
    return bool(facts["fibrosis_scheme"].str.strip().str.lower().eq("ishak").any())


def _convert(scheme: str, stage: str, *, ishak_5_is_cirrhosis: bool) -> int | None:
    try:
        return metavir_stage(scheme, stage, ishak_5_is_cirrhosis=ishak_5_is_cirrhosis)
    except ValueError:
        return None
