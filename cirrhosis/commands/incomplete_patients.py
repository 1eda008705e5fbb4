"""Which patients a run uses where some lack a sequence: the rule `data.incomplete`."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.left_out import AVAILABLE, RULES
from cirrhosis.contracts.sequences import check_available, parse_sequences, subsets
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.store import Manifest


def list_needed(values: Mapping[str, Any], manifest: Manifest) -> tuple[str, ...]:
    """Return the sequences that a patient must have to take part in a run.

    Args:
        values: Configuration of the run, `sequences` included.
        manifest: Of the store.

    Raises:
        ContractError: If the rule is unknown, or the combination goes beyond the sequences
            that define complete cases.
    """
    sequences = parse_sequences(values["sequences"])
    if read_rule(values) == AVAILABLE:
        return sequences
    complete = list_complete(values, manifest)
    beyond = sorted(set(sequences) - set(complete))
    if beyond:
        raise ContractError(
            f"expected a combination of {', '.join(complete)} (data.complete_over), so that all"
            f" combinations see the same patients, but {'+'.join(sequences)} holds"
            f" {first(beyond)}; add it there, or use data.incomplete=available"
        )
    return complete


def list_combinations(values: Mapping[str, Any], manifest: Manifest) -> list[str]:
    """Return what `sequences=all` means: every combination that the rule allows."""
    if read_rule(values) == AVAILABLE:
        return subsets(manifest.sequences)
    return subsets(list_complete(values, manifest))


def list_complete(values: Mapping[str, Any], manifest: Manifest) -> tuple[str, ...]:
    """Return the sequences that a complete case has: `data.complete_over`, else all.

    Raises:
        ContractError: If the store lacks one of them.
    """
    asked = values["data"]["complete_over"]
    if asked is None:
        return tuple(sorted(manifest.sequences))
    names = parse_sequences(asked)
    where = f"the store '{manifest.name}'"
    check_available(names, manifest.sequences, where, setting="data.complete_over")
    return names


def read_rule(values: Mapping[str, Any]) -> str:
    """Return the rule.

    Raises:
        ContractError: If it is unknown.
    """
    rule = str(values["data"]["incomplete"])
    if rule not in RULES:
        raise ContractError(
            f"expected data.incomplete as one of {', '.join(RULES)}, but got '{rule}'"
        )
    return rule


def find_incomplete(values: Mapping[str, Any], splits: Splits, manifest: Manifest) -> pd.DataFrame:
    """Return the prepared patients of a split whom the rule leaves out, as `left_out.csv`.

    Raises:
        ContractError: If the rule cannot be followed.
    """
    needed = list_needed(values, manifest)
    lacks = {
        name: "+".join(lacking)
        for name in manifest.absent
        if (lacking := manifest.find_lacking(name, needed))
    }
    rows = splits.included[splits.included["patient_id"].isin(lacks)]
    found = rows[["patient_id", "split", "fold"]].reset_index(drop=True)
    return found.assign(reason=read_rule(values), lacks=found["patient_id"].map(lacks))
