"""Weights that a network starts from, told apart by content; without torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_file


def identify_model(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a model with the content of its weights in place of their path.

    What a file holds changes a run; where it lies does not.

    Args:
        settings: The part `model` of a run's configuration.

    Raises:
        ContractError: If the file is absent; says where it can be had.
    """
    path = settings.get("weights")
    if path is None:
        return dict(settings)
    content = weights_fingerprint(path, backbone=settings.get("backbone", "resnet18"))
    return {**settings, "weights": f"sha256:{content}"}


def weights_fingerprint(path: str | Path, *, backbone: str) -> str:
    """Return the SHA-256 of the content of a file of weights.

    Args:
        path: The file.
        backbone: Name in torchvision of the network they are for, for the error's text.

    Raises:
        ContractError: If the file is absent; says where it can be had.
    """
    path = Path(path)
    if not path.is_file():
        raise ContractError(
            f"expected weights at {path} (model.weights), but there is no file. Nothing is"
            " downloaded: fetch the address that"
            f" torchvision.models.get_model_weights('{backbone}').IMAGENET1K_V1.url names where"
            " there is a network, and give the path of that file."
        )
    return hash_file(path)
