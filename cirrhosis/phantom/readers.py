"""Two simulated radiologists who call cirrhosis from what they see of severity."""

from typing import NamedTuple

import numpy as np


class Reader(NamedTuple):
    """One reader: the spread of what misleads the reader, and the cut for a positive call."""

    error_sd: float
    cut: float


# Chosen so that sensitivity and specificity are near the published ones: 74-82 % and 67-73 %
# for radiologist 1, 71-72 % and 85-91 % for radiologist 2.
READERS = {"reader_1": Reader(0.97, -0.36), "reader_2": Reader(0.57, -0.015)}


def read_patients(shown: np.ndarray, errors: np.ndarray, reader: Reader) -> np.ndarray:
    """Return the call of one reader, 1 for cirrhosis.

    Args:
        shown: Severity the reader looks at, shape (n,).
        errors: Standard normal draws, shape (n,).
        reader: The reader's spread and cut.
    """
    return (shown + reader.error_sd * errors > reader.cut).astype(int)
