"""Places that tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with `data/` and `oracle/` that never ships with the product."""
    folder = Path(os.environ.get("CIRRHOSIS_TEST_DATA", ROOT.parent / "shared"))
    if not (folder / "oracle").is_dir():
        pytest.skip(f"real data and R's answers are not at {folder} (CIRRHOSIS_TEST_DATA)")
    return folder
