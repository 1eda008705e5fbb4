"""Names of patients that say nothing to whoever lacks the key."""

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import PARTIAL

KEY_BYTES = 32
NAME_LETTERS = 16


@dataclass(frozen=True)
class Pseudonyms:
    """Gives each text one name under a secret key.

    A plain hash would not do: hospital numbers are few enough to hash them all and look the
    patient up.

    Attributes:
        key: Secret; whoever has it can tell which patient a name is of.
    """

    key: bytes = field(repr=False)

    def name(self, patient_id: str) -> str:
        """Return the pseudonym of a patient: the same as long as the key is.

        References:
            HMAC with SHA-256: Krawczyk, Bellare, Canetti (1997), RFC 2104.
        """
        return f"p{self.digest(patient_id)[:NAME_LETTERS]}"

    def digest(self, text: str) -> str:
        """Return the keyed hash of a text in hexadecimal."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def open_pseudonyms(path: Path) -> Pseudonyms:
    """Return the pseudonyms whose key lies in `path`; the key is drawn if there is none.

    Only its owner may read the file. Processes that come at once get one key.

    Raises:
        ContractError: If the file is no key.
    """
    if not path.exists():
        _draw_key(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ContractError(
            f"expected a key of {KEY_BYTES} bytes in hexadecimal in {path}, but the file holds"
            " something else; bring the key back, or remove the file: patients then get new names"
        )
    return Pseudonyms(key)


def _draw_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(4)}-{path.name}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        # A link is refused where the name is taken: the first process's key stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink()
