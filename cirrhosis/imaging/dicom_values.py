"""Values of a DICOM header as plain Python; what is absent or unreadable is None or empty."""

import math
import re
from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset

DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})$")
TIME = re.compile(r"(\d{2}):?(\d{2}):?(\d{2}(?:\.\d{1,6})?)")
MOMENT = re.compile(r"\d{8}(\d{6}(?:\.\d{1,6})?)")


def text(header: Dataset, keyword: str) -> str:
    """Return a value as one line."""
    value = _value(header, keyword)
    return "" if value is None else " ".join(str(value).split())


def words(header: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the parts of a value in upper case."""
    value = _value(header, keyword)
    if value is None:
        return ()
    parts = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    return tuple(str(part).strip().upper() for part in parts)


def number(header: Dataset, keyword: str) -> float | None:
    """Return a finite number; the first one of several."""
    found = numbers(header, keyword)
    return found[0] if found else None


def whole(header: Dataset, keyword: str) -> int | None:
    """Return a whole number."""
    found = number(header, keyword)
    return None if found is None or found != int(found) else int(found)


def numbers(header: Dataset, keyword: str, count: int | None = None) -> tuple[float, ...] | None:
    """Return finite numbers, None if one of them is none or they are not `count`."""
    value = _value(header, keyword)
    if value is None or value == "":
        return None
    parts = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    try:
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        return None
    is_right = found and all(map(math.isfinite, found)) and count in (None, len(found))
    return found if is_right else None


def date(header: Dataset, keyword: str) -> str:
    """Return a date as YYYY-MM-DD."""
    match = DATE.match(text(header, keyword))
    return "-".join(match.groups()) if match else ""


def seconds(header: Dataset, keyword: str) -> float | None:
    """Return a time of day, or that of a date with time, in seconds since midnight."""
    found = text(header, keyword)
    moment = MOMENT.match(found)
    match = TIME.match(moment.group(1) if moment else found)
    if match is None:
        return None
    hours, minutes, rest = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _value(header: Dataset, keyword: str) -> Any:
    # Values are parsed when they are asked for, and pydicom raises whatever a damaged one
    # trips over; a value that cannot be parsed is as good as absent.
    try:
        return header.get(keyword)
    except Exception:
        return None
