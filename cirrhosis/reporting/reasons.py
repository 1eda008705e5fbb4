"""The reasons of a row, told apart by the number they belong to."""

import re
from typing import Any

from cirrhosis.reporting.number_text import is_missing

# Evaluation joins "auroc: ...; threshold: ..." into one cell.
_NAME = re.compile(r"(?:^|; )([a-z][a-z0-9_]*): ")


def read_reasons(cell: Any) -> dict[str, str]:
    """Return the reason of each number; text before the first name has the key "".

    Example:
        >>> read_reasons("auroc: one class is absent; threshold: none; as said")
        {'auroc': 'one class is absent', 'threshold': 'none; as said'}
    """
    if is_missing(cell):
        return {}
    parts = _NAME.split(str(cell))
    reasons = {"": parts[0]} if parts[0] else {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        reasons[name] = f"{reasons[name]}; {text}" if name in reasons else text
    return reasons
