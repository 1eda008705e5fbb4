"""What trackers are told of an experiment: names, identifiers, settings."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cirrhosis.commands.provenance import code_version
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.pseudonyms import Pseudonyms, open_pseudonyms
from cirrhosis.contracts.sequences import parse_sequences

PACKAGES = ("torch", "pytorch-lightning", "torchvision", "numpy", "scikit-learn")
ID_LETTERS = 12


def tracking_folder(values: Mapping[str, Any]) -> Path:
    """Return the folder where the trackers of an experiment keep their files."""
    return Path(values["paths"]["tracking"]) / values["name"]


def name_group(values: Mapping[str, Any], variant: str) -> str:
    """Return the word that an experiment's and variant's runs share."""
    return f"{values['name']}-{variant}"


def patients_of(values: Mapping[str, Any]) -> Pseudonyms:
    """Return the pseudonyms of everything below one outputs root."""
    return open_pseudonyms(Path(values["paths"]["root"]) / "pseudonyms.key")


def identify(values: Mapping[str, Any], name: str, *words: object) -> str:
    """Return a stable identifier of a tracked run that begins with its name.

    W&B's offline viewer lists runs by identifier. The rest is keyed, so that two hospitals
    that train the same experiment into one project do not write into each other's runs, and
    stays when the outputs are moved.
    """
    text = hash_content([values["name"], values["task"]["name"], name, *map(str, words)])
    readable = re.sub(r"[^\w-]", "_", name)
    return f"{readable}-{patients_of(values).digest(text)[:ID_LETTERS]}"


def describe_sequences(sequences: str, available: Iterable[str]) -> dict[str, Any]:
    """Return a combination as text, as one switch per sequence, and as a number."""
    used = parse_sequences(sequences)
    switches = {f"uses_{name}": name in used for name in sorted({*available, *used})}
    return {"sequences": sequences, "n_sequences": len(used)} | switches


def describe_code() -> dict[str, Any]:
    """Return the release, the commit and the versions of what computes."""
    release, _, commit = code_version().partition(" ")
    return {
        "code_version": release,
        "git_commit": commit or None,
        "versions": {name: version(name) for name in PACKAGES},
    }


def without_places(value: Any) -> Any:
    """Return plain values in which every path is its last part.

    A folder's path may hold the name of a user or, in a hospital, of a patient. `val/auroc`
    and its like are no paths.
    """
    if isinstance(value, Mapping):
        return {name: without_places(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(item) for item in value]
    if isinstance(value, str) and _is_place(value):
        return value.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return value


def _is_place(text: str) -> bool:
    if "\\" in text or text.startswith(("/", "~", ".")):
        return True
    return text.count("/") > 1 or ("/" in text and Path(text).exists())
