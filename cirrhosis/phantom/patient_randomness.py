"""Random numbers that depend on the seed and the patient alone.

Each patient has its own streams, so patient 7 is the same in a cohort of ten and of ten
thousand, and whichever worker makes it. Within a stream a draw is found by its place: new
names are added at the end of a list, never in between.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

STREAMS = ("severity", "clinical", "labs", "anatomy", "pattern", "motion", "t1", "t2", "pvp")


def patient_rng(*, seed: int, number: int, stream: str) -> np.random.Generator:
    """Return the generator of one stream of the patient with this number (from 0)."""
    return np.random.default_rng([seed, number, STREAMS.index(stream)])


def patient_normals(n: int, *, seed: int, stream: str, names: Sequence[str]) -> pd.DataFrame:
    """Return one standard normal value per patient and name, one row per patient."""
    rows = [
        patient_rng(seed=seed, number=number, stream=stream).standard_normal(len(names))
        for number in range(n)
    ]
    return pd.DataFrame(np.array(rows).reshape(n, len(names)), columns=list(names))


def patient_uniforms(n: int, *, seed: int, stream: str, names: Sequence[str]) -> pd.DataFrame:
    """Return one uniform value in (0, 1) per patient and name, one row per patient."""
    return patient_normals(n, seed=seed, stream=stream, names=names).apply(ndtr)


def patient_ids(n: int) -> list[str]:
    """Return the identifiers of the first `n` patients."""
    return [f"digital-{number:05d}" for number in range(n)]
