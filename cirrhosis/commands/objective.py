"""Whether runs can be searched by: only stopping rows may choose settings."""

from collections.abc import Sequence

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.sides import Sides


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
