"""What runs of one store and split share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.incomplete_patients import find_incomplete
from cirrhosis.commands.left_out_patients import leave_out
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.left_out import NOT_PREPARED, POOR_QUALITY, make_left_out
from cirrhosis.contracts.sequences import check_available, parse_sequences
from cirrhosis.contracts.splits import Splits, read_splits
from cirrhosis.contracts.store import (
    GATE_STAGE,
    Manifest,
    StoreLayout,
    check_settings,
    read_manifest,
)


@dataclass(frozen=True)
class Sources:
    """A store and its split.

    Attributes:
        folder: Of the store.
        manifest: Of the store.
        splits: The split, without the patients who are left out.
        left_out: Who is left out and why: by the limits of quality, because preparation
            failed, or because a sequence is absent; columns of `left_out.csv`.
    """

    folder: Path
    manifest: Manifest
    splits: Splits
    left_out: pd.DataFrame = field(default_factory=make_left_out)


def open_sources(values: Mapping[str, Any]) -> Sources:
    """Return the store and the split that the configuration names, of the patients it uses.

    Raises:
        ContractError: If they do not belong together, or lack what is asked for.
    """
    if values["sequences"] == "all":
        raise ContractError(
            "expected one combination of sequences, but sequences=all is a sweep over every one;"
            " add -m, or name one such as t1+t2"
        )
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
    skips = values["data"]["on_unprepared"] == "skip"
    unusable = _find_unusable(splits, manifest, folder, skips_failures=skips)
    parts = [unusable, find_incomplete(values, splits, manifest)]
    left_out = pd.concat([part for part in parts if len(part)] or [make_left_out()])
    return Sources(folder, manifest, leave_out(left_out, splits), left_out)


def _find_unusable(
    splits: Splits, manifest: Manifest, folder: Path, *, skips_failures: bool
) -> pd.DataFrame:
    """Return whom preparation lost, as `left_out.csv` has them.

    Whom its limits of quality left out, it was told to leave out; who failed is a finding, and
    a run goes on without them only if it is told to.
    """
    path = StoreLayout(folder).failures
    if not path.exists():
        return make_left_out()
    failures = read_table(path)
    failures = failures[~failures["patient_id"].isin(list(manifest.patients))]
    is_poor = failures["stage"] == GATE_STAGE
    lost = failures if skips_failures else failures[is_poor]
    rows = splits.included[splits.included["patient_id"].isin(lost["patient_id"])]
    found = rows[["patient_id", "split", "fold"]]
    poor = found["patient_id"].isin(failures.loc[is_poor, "patient_id"])
    return found.assign(
        reason=poor.map({True: POOR_QUALITY, False: NOT_PREPARED}).astype("string"),
        lacks=pd.Series(pd.NA, found.index, "string"),
    )
