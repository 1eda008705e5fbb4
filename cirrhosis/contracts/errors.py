"""The error of a broken contract, and how its examples are listed."""

from collections.abc import Iterable


class ContractError(ValueError):
    """A file, table or tensor that stages exchange breaks its rule.

    The text states the rule, what was found, up to three examples, and the remedy.
    """


def first(items: Iterable[object], limit: int = 3) -> str:
    """Return up to `limit` items for an error message, and how many are left out."""
    listed = [str(item) for item in items]
    shown = ", ".join(f"'{item}'" for item in listed[:limit])
    more = len(listed) - limit
    return f"{shown} and {more} more" if more > 0 else shown


def describe(error: BaseException) -> str:
    """Return what a status says of an error: its text, with its kind if it is not ours."""
    is_plain = isinstance(error, ContractError | SystemExit)
    return str(error) if is_plain else f"{type(error).__name__}: {error}"
