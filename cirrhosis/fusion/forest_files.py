"""Forests on disk without pickle."""

from pathlib import Path

import skops.io
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import whole_file

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


def _read(path: Path) -> Pipeline:
    unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED))
    if unknown:
        raise ContractError(
            f"{path.name}: expected only skops' types and {first(TRUSTED)}, found"
            f" {first(unknown)}; do not open forests from sources you do not trust"
        )
    return skops.io.load(path, trusted=list(TRUSTED))
