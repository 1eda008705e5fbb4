"""Errors in what Hydra calls around jobs."""

import contextlib
import sys
import traceback
from collections.abc import Iterator

from cirrhosis.contracts.errors import ContractError, describe


@contextlib.contextmanager
def ending_the_process() -> Iterator[None]:
    """End the process if the block fails.

    Hydra makes a warning of an error in a callback, and of the sweep a success.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, ContractError | OSError):
            traceback.print_exc()
        sys.exit(f"error: {describe(error)}")
