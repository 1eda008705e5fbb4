"""Seeds that are a function of what they are for, never of what ran before."""

import hashlib


def seed_of(*parts: int | str) -> int:
    """Return a seed in [0, 2^63) that depends on `parts` alone.

    A run that is interrupted and continued draws the same numbers as one that is not,
    because every draw asks for its own seed, such as (seed, "augmentation", epoch, step).
    """
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1
