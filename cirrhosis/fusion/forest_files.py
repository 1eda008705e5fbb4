"""Forests on disk without pickle."""

import re
import zipfile
from pathlib import Path

import skops.io
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import whole_file

SCHEMA = "schema.json"
# Of an object, and of the member that holds an array.
ADDRESS = re.compile(r'(?<="__id__": )\d+|(?<=")\d+(?=\.np[yz]")')
# Types that a forest file may hold beside those that skops knows; anything else is refused.
TRUSTED = (
    "cirrhosis.fusion.calibration.CalibratedForest",
    "cirrhosis.fusion.calibration.IsotonicMap",
    "cirrhosis.fusion.calibration.SigmoidMap",
    "cirrhosis.fusion.collinearity_filter.CollinearityFilter",
    "sklearn.tree._tree.Tree",
    # The imputer remembers the type of its columns.
    "numpy.dtype",
)


def write_forests(forests: dict[str, list[Pipeline]], folder: Path) -> list[Path]:
    """Write each pipeline to `folder/forest_<model>_<fold>.skops` and return the paths."""
    paths = []
    for model, pipelines in forests.items():
        for fold, pipeline in enumerate(pipelines):
            path = folder / f"forest_{model}_{fold}.skops"
            with whole_file(path) as partial:
                skops.io.dump(pipeline, partial)
                _settle(partial)
            paths.append(path)
    return paths


def read_forests(folder: Path, model: str) -> list[Pipeline]:
    """Read the pipelines of a model in the order of folds.

    Raises:
        ContractError: If there is none, or a file holds a type outside the trusted list.
    """
    pattern = f"forest_{model}_*.skops"
    paths = sorted(folder.glob(pattern), key=lambda path: int(path.stem.rsplit("_", 1)[1]))
    if not paths:
        raise ContractError(f"expected forests {pattern} in {folder}, found none; run fuse first")
    return [_read(path) for path in paths]


def _settle(path: Path) -> None:
    """Write a skops file again so that the same fit has the same bytes.

    skops names objects by their addresses in memory and stamps its members with the time;
    here the names count the objects in the order of the schema, and the time is fixed.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[str, str] = {}

    def count(found: re.Match[str]) -> str:
        return numbers.setdefault(found.group(), str(len(numbers)))

    schema = ADDRESS.sub(count, members.pop(SCHEMA).decode())
    arrays = {}
    for name, data in members.items():
        address, dot, kind = name.partition(".")
        arrays[f"{numbers[address]}{dot}{kind}"] = data
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(arrays):
            archive.writestr(zipfile.ZipInfo(name), arrays[name])
        archive.writestr(zipfile.ZipInfo(SCHEMA), schema)


def _read(path: Path) -> Pipeline:
    unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED))
    if unknown:
        raise ContractError(
            f"{path.name}: expected only skops' types and {first(TRUSTED)}, found"
            f" {first(unknown)}; do not open forests from sources you do not trust"
        )
    return skops.io.load(path, trusted=list(TRUSTED))
