"""One run before it starts: what it learns from, where it lives, what it depends on."""

from dataclasses import dataclass
from typing import Any

from cirrhosis.commands.existing_run import RunPlan
from cirrhosis.commands.run_place import locate_run
from cirrhosis.commands.run_sources import Sources
from cirrhosis.contracts.fold_names import parse_folds
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.contracts.sides import Sides, check_sides, choose_sides
from cirrhosis.runs.identity import make_identity
from cirrhosis.runs.weights import identify_model


@dataclass(frozen=True)
class FoldRun:
    """A run before it starts.

    Attributes:
        values: Plain configuration; `fold` names one fold or one pair.
        sources: Store and split.
        sides: Who trains, stops and is predicted.
        plan: Where it lives and what it depends on.
    """

    values: dict[str, Any]
    sources: Sources
    sides: Sides
    plan: RunPlan


def plan_fold(values: dict[str, Any], sources: Sources, *, n_ranks: int) -> FoldRun:
    """Return the run that the configuration asks for.

    Args:
        values: Plain configuration; `fold` names one fold or one pair.
        sources: Store and split.
        n_ranks: How many processes train it; several give another result than one.

    Raises:
        ContractError: If the split has no such fold, or the weights to start from are absent.
    """
    held_out = parse_folds(values["fold"])
    sides = check_sides(
        choose_sides(
            sources.splits,
            held_out[0],
            protocol=values["protocol"]["name"],
            minimum_stopping=values["protocol"]["minimum_stopping"],
            without=held_out[1] if len(held_out) == 2 else None,
        )
    )
    identity = make_identity(
        values | {"model": identify_model(values["model"]), "data": _identify_data(values["data"])},
        split_hash=sources.splits.hash,
        data_hash=sources.manifest.data_hash,
        n_ranks=n_ranks,
    )
    plan = RunPlan(
        locate_run(values),
        identity,
        values["on_existing"],
        values["on_code_change"],
        values["takeover_seconds"],
    )
    return FoldRun(values, sources, sides, plan)


def _identify_data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the data with one spelling for the same sequences."""
    named = settings["complete_over"]
    return settings | {
        "complete_over": None if named is None else join_sequences(parse_sequences(named))
    }
