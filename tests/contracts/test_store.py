import json
from dataclasses import replace

import numpy as np
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import (
    Manifest,
    Slices,
    StoreLayout,
    check_settings,
    read_manifest,
    read_record,
    read_slices,
    write_manifest,
    write_slices,
)


def slices(**changes):
    shape = (5, 4, 4)
    content = {
        "images": {"t1": np.full(shape, 0.5, np.float16), "t2": np.zeros(shape, np.float16)},
        "mask": np.ones(shape, np.uint8),
        "record": {"key": "k", "indices": [1, 2, 3, 4, 5]},
        "sequence_masks": {"t1": np.zeros(shape, np.uint8)},
    }
    return Slices(**(content | changes))


def manifest():
    return Manifest(
        "s", {"slices": {"count": 5}, "intensities": {"image_size": 4}}, "h", ("t1",), {}, True
    )


def test_slices_round_trip_to_the_byte(tmp_path):
    write_slices(slices(), tmp_path / "a.safetensors")
    write_slices(slices(), tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    read = read_slices(tmp_path / "a.safetensors", ["t1"])
    assert list(read.images) == ["t1"]
    assert read.record["indices"] == [1, 2, 3, 4, 5]
    assert set(read.sequence_masks) == {"t1"}
    np.testing.assert_array_equal(read.mask, slices().mask)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mask": np.ones((5, 4, 4))}, "mask as uint8"),
        ({"mask": np.full((5, 4, 4), 2, np.uint8)}, "mask as uint8"),
        ({"mask": np.ones((5, 4, 5), np.uint8)}, "every array of shape"),
        ({"images": {}}, "no sequence"),
        ({"images": {"t1": np.full((5, 4, 4), 1.5, np.float16)}}, "float16 in .0, 1"),
        ({"images": {"t1": np.full((5, 4, 4), np.nan, np.float16)}}, "float16 in .0, 1"),
        ({"images": {"t1": np.zeros((5, 4, 4), np.float32)}}, "float16 in .0, 1"),
    ],
)
def test_refuses_slices(tmp_path, changes, message):
    with pytest.raises(ContractError, match=message):
        write_slices(slices(**changes), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_damaged_absent_and_incomplete_files_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(ContractError, match="run prepare"):
        read_slices(path)
    assert read_record(path) is None
    write_slices(slices(), path)
    with pytest.raises(ContractError, match="'dwi' is not stored"):
        read_slices(path, ["dwi"])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ContractError, match="cannot be read as safetensors"):
        read_slices(path)
    assert read_record(path) is None


def test_record_is_read_without_the_tensors(tmp_path):
    write_slices(slices(), tmp_path / "a.safetensors")
    assert read_record(tmp_path / "a.safetensors")["key"] == "k"


def test_manifest_round_trip_and_refusals(tmp_path):
    with pytest.raises(ContractError, match="run `cirrhosis prepare`"):
        read_manifest(tmp_path)
    write_manifest(manifest(), tmp_path)
    assert read_manifest(tmp_path) == manifest()
    path = StoreLayout(tmp_path).manifest
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"patients": {"P": "x"}}))
    with pytest.raises(ContractError, match="changed after"):
        read_manifest(tmp_path)
    path.write_text(json.dumps(content | {"format_version": 99}))
    with pytest.raises(ContractError, match="layout version 1"):
        read_manifest(tmp_path)
    path.write_text(json.dumps(content | {"colour": "red"}))
    with pytest.raises(ContractError, match="is not a manifest"):
        read_manifest(tmp_path)


def incomplete(**changes):
    content = {"settings": {"on_missing": "skip"}, "patients": {"A": "x", "B": "y"}}
    return replace(manifest(), sequences=("dwi", "t1"), **(content | changes))


def test_manifest_says_which_sequences_a_patient_lacks(tmp_path):
    made = incomplete(absent={"B": ("dwi",)})
    write_manifest(made, tmp_path)
    read = read_manifest(tmp_path)
    assert read == made
    assert read.find_lacking("B", ("t1", "dwi")) == ("dwi",)
    assert read.find_lacking("B", ("t1",)) == read.find_lacking("A", ("dwi", "t1")) == ()


def test_who_lacks_what_is_part_of_the_data(tmp_path):
    assert incomplete(absent={"B": ("dwi",)}).data_hash != incomplete().data_hash
    write_manifest(incomplete(absent={"B": ("dwi",)}), tmp_path)
    path = StoreLayout(tmp_path).manifest
    path.write_text(path.read_text().replace('"dwi"\n    ]\n  }', '"t1"\n    ]\n  }'))
    with pytest.raises(ContractError, match="changed after"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("on_missing", ["fail", "skip"])
def test_older_stores_open_if_nobody_can_lack_a_sequence(tmp_path, on_missing):
    made = incomplete(settings={"on_missing": on_missing})
    write_manifest(made, tmp_path)
    path = StoreLayout(tmp_path).manifest
    content = json.loads(path.read_text())
    del content["absent"]
    path.write_text(json.dumps(content))
    if on_missing == "fail":
        assert read_manifest(tmp_path) == made
    else:
        with pytest.raises(ContractError, match="run prepare again, it makes no slices anew"):
            read_manifest(tmp_path)


def test_store_of_other_settings_is_refused():
    check_settings(manifest(), {"slices.count": 5})
    with pytest.raises(ContractError, match="image_size: store 4, asked 64"):
        check_settings(manifest(), {"slices.count": 5, "intensities.image_size": 64})
    with pytest.raises(ContractError, match="store None, asked 1"):
        check_settings(manifest(), {"slices.count.deeper": 1})


def test_layout_keeps_one_place_per_artefact(tmp_path):
    layout = StoreLayout(tmp_path)
    places = [layout.transform("P"), layout.liver("P"), layout.slices("P"), layout.qc]
    assert len({*places, layout.failures, layout.manifest}) == 6
