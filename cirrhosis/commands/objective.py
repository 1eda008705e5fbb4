"""Whether runs can be searched by: only stopping rows may choose settings."""

from collections.abc import Mapping, Sequence
from typing import Any

from cirrhosis.commands.places import split_file
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.sides import Sides, choose_sides
from cirrhosis.contracts.splits import read_splits


def refuse_search(config: Mapping[str, Any]) -> None:
    """Refuse a search before its first trial, if its folds would have nothing to go by.

    Raises:
        ContractError: As `refuse_unsearchable`, or if there is no split.
    """
    splits = read_splits(split_file(config))
    protocol = config["protocol"]
    refuse_unsearchable(
        [
            choose_sides(
                splits,
                fold,
                protocol=protocol["name"],
                minimum_stopping=protocol["minimum_stopping"],
            )
            for fold in range(splits.n_folds)
        ]
    )


def refuse_unsearchable(folds: Sequence[Sides]) -> None:
    """Refuse a trial of a search before it is trained, if it would have nothing to go by.

    Args:
        folds: Sides of each run of the trial.

    Raises:
        ContractError: If held-out rows would choose the settings, or a fold has no stopping
            rows.
    """
    if any(sides.protocol == "paper" for sides in folds):
        raise ContractError(
            "expected protocol=nested in a search, but got protocol=paper, which stops on the"
            " held-out rows: they would choose the settings; give protocol=nested"
        )
    without = [sides for sides in folds if not sides.stopping]
    if without:
        reasons = sorted({sides.note or "protocol=fixed_epochs" for sides in without})
        raise ContractError(
            f"expected stopping rows in every fold to search by, but {len(without)} of"
            f" {len(folds)} have none: {first(reasons, 1)}; use protocol=nested, a smaller"
            " protocol.minimum_stopping or more patients"
        )
