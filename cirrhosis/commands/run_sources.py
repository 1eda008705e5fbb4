"""What runs of one store and split share."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.sequences import check_available, parse_sequences
from cirrhosis.contracts.splits import Splits, read_splits
from cirrhosis.contracts.store import Manifest, StoreLayout, check_settings, read_manifest

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class Sources:
    """A store and its split.

    Attributes:
        folder: Of the store.
        manifest: Of the store.
        splits: The split, without patients whose preparation failed.
    """

    folder: Path
    manifest: Manifest
    splits: Splits


def open_sources(values: dict[str, Any]) -> Sources:
    """Return the store and the split that the configuration names.

    Raises:
        ContractError: If they do not belong together, or lack what is asked for.
    """
    folder = store_folder(values)
    manifest = read_manifest(folder)
    asked = {"slices.count": "n_slices", "intensities.image_size": "image_size"}
    check_settings(manifest, {name: values["data"][key] for name, key in asked.items()})
    check_available(
        parse_sequences(values["sequences"]), manifest.sequences, f"the store '{manifest.name}'"
    )
    splits = read_splits(split_file(values))
    if splits.hash != manifest.split_hash:
        raise ContractError(
            f"expected the split '{splits.name}' ({splits.hash[:12]}) to be the one that the store"
            f" '{manifest.name}' was prepared for ({manifest.split_hash[:12]}); run prepare again,"
            " it makes only what is missing"
        )
    if values["data"]["on_unprepared"] == "skip":
        splits = _leave_out_failures(splits, manifest, folder)
    return Sources(folder, manifest, splits)


def _leave_out_failures(splits: Splits, manifest: Manifest, folder: Path) -> Splits:
    path = StoreLayout(folder).failures
    failed = (
        set(read_table(path)["patient_id"]) - set(manifest.patients) if path.exists() else set()
    )
    left_out = sorted(failed & set(splits.included["patient_id"]))
    if left_out:
        log.warning(
            "%d patients of the split could not be prepared and are left out: %s",
            len(left_out),
            first(left_out),
        )
    table = splits.table[~splits.table["patient_id"].isin(left_out)]
    return Splits(splits.name, splits.hash, table)
