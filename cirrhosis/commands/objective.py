"""Whether runs can be searched by: only stopping rows may choose settings."""

from collections.abc import Sequence

from cirrhosis.commands.fold_plan import FoldRun
from cirrhosis.contracts.errors import ContractError, first


def refuse_unsearchable(folds: Sequence[FoldRun]) -> None:
    """Refuse a trial of a search before it is trained, if it would have nothing to go by.

    Raises:
        ContractError: If held-out rows would choose the settings, or a fold has no stopping
            rows.
    """
    if any(fold.sides.protocol == "paper" for fold in folds):
        raise ContractError(
            "expected protocol=nested in a search, but got protocol=paper, which stops on the"
            " held-out rows: they would choose the settings; give protocol=nested"
        )
    without = [fold for fold in folds if not fold.sides.stopping]
    if without:
        reasons = sorted({fold.sides.note or "protocol=fixed_epochs" for fold in without})
        raise ContractError(
            f"expected stopping rows in every fold to search by, but {len(without)} of"
            f" {len(folds)} have none: {first(reasons)}; use protocol=nested, a smaller"
            " protocol.minimum_stopping or more patients"
        )
