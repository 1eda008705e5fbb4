"""Places that tests share."""

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A shell starts what runs in the background deaf to Ctrl-C, and the commands that tests
# interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with `data/` and `oracle/` that never ships with the product."""
    folder = Path(os.environ.get("CIRRHOSIS_TEST_DATA", ROOT.parent / "shared"))
    if not (folder / "oracle").is_dir():
        pytest.skip(f"real data and R's answers are not at {folder} (CIRRHOSIS_TEST_DATA)")
    return folder
