"""A cohort folder belongs to the settings that began it."""

from pathlib import Path
from typing import Any

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, write_json


def claim_folder(folder: Path, wanted: dict[str, Any]) -> None:
    """Take an empty folder for a cohort, or go on in one begun with the same settings.

    Args:
        folder: Cohort folder.
        wanted: Settings that change the cohort, with its `kind`.

    Raises:
        ContractError: If the folder holds something else or was made with other settings.
    """
    stamp = folder / "settings.json"
    if stamp.exists():
        found = read_json(stamp)
        names = [*wanted, *(name for name in found if name not in wanted)]
        changed = [name for name in names if found.get(name) != wanted.get(name)]
        if changed:
            pairs = (
                f"{name}: {found.get(name)} there, {wanted.get(name)} here" for name in changed
            )
            raise ContractError(
                f"expected {folder} to be made with the same settings, but {len(changed)} differ:"
                f" {first(pairs)}. Choose another folder or remove this one."
            )
    elif folder.exists() and any(folder.iterdir()):
        names = sorted(path.name for path in folder.iterdir())
        raise ContractError(
            f"expected {folder} to be empty or a {wanted['kind']} cohort, but it holds"
            f" {first(names)} and no settings.json. Choose another folder."
        )
    else:
        write_json(wanted, stamp)
