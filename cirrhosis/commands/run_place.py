"""Where a run lives: the same place whether it is trained alone or in a sweep."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from cirrhosis.contracts.run import RunFolder, run_folder
from cirrhosis.runs.identity import name_variant


def name_overrides(overrides: Iterable[str]) -> str:
    """Return the variant that the overrides of a job name.

    A sweep hands its jobs each override in Hydra's spelling, a single run has it as it was
    typed: `x=[1, 2]` and `x=[1,2]` are one variant.
    """
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return name_variant(
        f"{override.get_key_element()}={override.get_value_element_as_str()}" for override in parsed
    )


def locate_run(values: Mapping[str, Any]) -> RunFolder:
    """Return the folder of the run that the configuration asks for.

    Args:
        values: Plain configuration; `variant` is a word, `sequences` a normalised one, and
            `fold` one fold or a pair.
    """
    return run_folder(
        Path(values["paths"]["runs"]).absolute(),
        experiment=values["name"],
        task=values["task"]["name"],
        variant=values["variant"],
        sequences=values["sequences"],
        seed=values["seed"],
        fold=str(values["fold"]),
    )
