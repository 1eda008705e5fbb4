"""What a run is: the configuration that changes its result, its split and its data."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import hash_content

# Parts of the configuration that change the numbers of a run.
RELEVANT = (
    "task",
    "sequences",
    "fold",
    "seed",
    "data",
    "augmentation",
    "model",
    "optimizer",
    "scheduler",
    "protocol",
    "callbacks",
    "trainer",
)
# Settings inside these parts that choose where and how often, not what comes out.
INDIFFERENT = {
    "data": ("residency", "device_share", "host_share", "stream"),
    "trainer": ("accelerator", "devices", "strategy"),
    "callbacks": ("restart_every_n_epochs", "restart_every_n_seconds", "keep_weights"),
}
# Overrides that choose where a run stands or how it is done, or that other commands read:
# not what comes out.
PLACES = (
    "experiment",
    "task",
    "name",
    "variant",
    "chosen_from",
    "n_workers",
    "sequences",
    "fold",
    "seed",
    "paths",
    "cohort",
    "store",
    "split.name",
    "logger",
    "on_existing",
    "on_code_change",
    "hydra",
    "hydra/launcher",
    "hydra/sweeper",
    "debug",
    "search",
    "threads",
    "progress",
    "takeover_seconds",
    "fusion",
    "evaluation",
    "phantom",
    "predictions",
    *(f"{part}.{setting}" for part, settings in INDIFFERENT.items() for setting in settings),
)


def make_identity(
    config: Mapping[str, Any],
    *,
    split_hash: str,
    data_hash: str,
    n_ranks: int = 1,
    parts: Iterable[str] = RELEVANT,
) -> dict[str, Any]:
    """Return what tells one run's result from another's, as plain values.

    Args:
        config: Plain configuration of a run.
        split_hash: Of the split.
        data_hash: Of the store.
        n_ranks: How many processes train the run. Several draw dropout and augmentation
            each for itself and add gradients in another order, so their number counts.
        parts: Of the configuration that change the numbers; a task may have others than a
            classifier.
    """
    relevant = {name: config[name] for name in parts}
    for name, settings in INDIFFERENT.items():
        if name not in relevant:
            continue
        relevant[name] = {key: relevant[name][key] for key in relevant[name] if key not in settings}
    if n_ranks > 1:
        relevant["trainer"]["n_ranks"] = n_ranks
    return {"config": relevant, "split_hash": split_hash, "data_hash": data_hash}


def fingerprint(identity: Mapping[str, Any]) -> str:
    """Return the hash of an identity."""
    return hash_content(identity)


def name_variant(overrides: Iterable[str]) -> str:
    """Return a short name for the overrides that change results; `default` if none does."""
    telling = sorted(
        text
        for text in overrides
        if not any(_is_part(text.lstrip("+~").split("=")[0], place) for place in PLACES)
    )
    if not telling:
        return "default"
    return "v" + hashlib.sha256("\n".join(telling).encode()).hexdigest()[:8]


def refuse_difference(found: Mapping[str, Any], wanted: Mapping[str, Any], place: object) -> None:
    """Refuse to work in a folder that holds a run of another identity.

    Raises:
        ContractError: If the identities differ; names the settings with both values.
    """
    different = list_differences(found, wanted, names=("there", "now"))
    if different:
        raise ContractError(
            f"{place} holds a run of another identity; {len(different)} settings differ:"
            f" {first(different)}. Give this one another `variant` or `name`, or replace the"
            " old one with on_existing=force."
        )


def list_differences(
    one: Mapping[str, Any], other: Mapping[str, Any], *, names: tuple[str, str]
) -> list[str]:
    """Return each setting that differs between two identities, with both values.

    Args:
        one: An identity.
        other: Another one.
        names: What the two are called, such as `there` and `now`.
    """
    left, right = flatten(one), flatten(other)
    return [
        f"{name}: {left.get(name)} {names[0]}, {right.get(name)} {names[1]}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]


def _is_part(key: str, place: str) -> bool:
    return key == place or key.startswith(f"{place}.") or key.startswith(f"{place}/")


def flatten(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested settings under their dotted names."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
