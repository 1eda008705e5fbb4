from dataclasses import replace

import pandas as pd
import pytest

from cirrhosis.commands.run_sources import open_sources
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import read_manifest, write_manifest
from cirrhosis.data.selection import SliceSelection, check_selection
from tests.commands.test_incomplete_patients import make, read_values


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A store that lost P000 to the limits of quality and P002 to a failure."""
    root = make(tmp_path_factory.mktemp("root"), {})
    folder = root / "prepared" / "made"
    manifest = read_manifest(folder)
    left = {name: key for name, key in manifest.patients.items() if name not in ("P000", "P002")}
    write_manifest(replace(manifest, patients=left), folder)
    failures = pd.DataFrame(
        {"patient_id": ["P000", "P002"], "stage": ["quality", "read"], "reason": "text"}
    )
    failures.to_csv(folder / "failures.csv", index=False)
    return root


def test_whom_the_limits_left_out_a_run_goes_on_without(root):
    sources = open_sources(read_values(root, "sequences=t1", "data.on_unprepared=fail"))
    assert sources.left_out[["patient_id", "reason"]].to_numpy().tolist() == [["P000", "quality"]]
    assert "P000" not in set(sources.splits.included["patient_id"])
    patients = tuple(sources.splits.included["patient_id"])
    chosen = SliceSelection(sources.folder, patients, ("t1",), "channel", (5, 16, 16))
    with pytest.raises(ContractError, match="1 are not prepared: 'P002'"):
        check_selection(chosen, sources.manifest)


def test_failures_are_left_out_beside_them_where_that_is_asked_for(root):
    sources = open_sources(read_values(root, "sequences=t1", "data.on_unprepared=skip"))
    reasons = sources.left_out.set_index("patient_id")["reason"].to_dict()
    assert reasons == {"P000": "quality", "P002": "not_prepared"}
