import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_content, read_json, whole_file, write_json, write_text
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.randomness import seed_of


def interrupt_writing(path):
    with whole_file(path) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    write_text("old", path)
    with pytest.raises(KeyboardInterrupt):
        interrupt_writing(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_who_reads_while_a_file_is_replaced_sees_the_old_one_whole(tmp_path):
    path = tmp_path / "a.txt"
    write_text("old", path)
    with path.open() as reader:
        write_text("new and longer", path)
        assert reader.read() == "old"
    assert path.read_text() == "new and longer"


def test_json_round_trip_and_refusals(tmp_path):
    path = tmp_path / "folder" / "a.json"
    write_json({"b": [1, None], "a": "x"}, path)
    assert read_json(path) == {"a": "x", "b": [1, None]}
    path.write_text("{")
    with pytest.raises(ContractError, match="breaks at line 1"):
        read_json(path)
    with pytest.raises(ContractError, match="there is none"):
        read_json(tmp_path / "none.json")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"a": float("nan")}, path)


def test_hash_depends_on_content_not_on_order():
    assert hash_content({"a": 1, "b": 2}) == hash_content({"b": 2, "a": 1})
    assert hash_content({"a": 1}) != hash_content({"a": 2})


def test_seeds_depend_on_every_part_and_its_place():
    seeds = {seed_of(1, 2), seed_of(12), seed_of(2, 1), seed_of(1, "2", ""), seed_of("1", 23)}
    assert len(seeds) == 5
    assert seed_of(1, "a") == seed_of(1, "a")
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_silent_progress_passes_items_through():
    assert list(silent(iter([1, 2]), total=2, label="x")) == [1, 2]
