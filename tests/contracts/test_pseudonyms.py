"""Pseudonyms stay as long as their key does, and tell nothing without it."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.pseudonyms import Pseudonyms, open_pseudonyms


def test_a_name_is_the_keyed_hash_of_the_patient():
    key = bytes(range(32))
    wanted = hmac.new(key, b"P001", hashlib.sha256).hexdigest()
    assert Pseudonyms(key).name("P001") == f"p{wanted[:16]}"
    assert Pseudonyms(bytes(32)).name("P001") != Pseudonyms(key).name("P001")
    assert key.hex() not in repr(Pseudonyms(key))


def test_the_key_is_drawn_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "outputs" / "pseudonyms.key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: open_pseudonyms(path).key, range(8)))
    assert found == {open_pseudonyms(path).key}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["", "no key", "ab" * 31])
def test_another_file_in_its_place_is_refused(tmp_path, text):
    path = tmp_path / "pseudonyms.key"
    path.write_text(text)
    with pytest.raises(ContractError, match="expected a key of 32 bytes"):
        open_pseudonyms(path)
