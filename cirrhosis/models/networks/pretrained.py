"""ImageNet weights from a local file: read, checked and loaded."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from cirrhosis.contracts.errors import ContractError, first

SUFFIXES = (".pth", ".pt", ".safetensors")
# What reading raises for bytes that are neither format: the unpickler takes text for orders.
UNREADABLE = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    SafetensorError,
)
# Files of DenseNets keep names from before torch forbade points in names of modules.
_OLD_NAME = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)")


def load_weights(network: nn.Module, path: str | Path, *, backbone: str, head: str) -> None:
    """Load a file of torchvision's weights into a network of torchvision, but for its head.

    Nothing is ever downloaded. The weights expect images standardised as ImageNet's; ours
    are in [0, 1], and the norm layer behind the first convolution has to get used to it.

    Args:
        network: Of torchvision, with three channels.
        path: State dict in .pth, .pt or .safetensors.
        backbone: Name of the network in torchvision.
        head: Name of the last layer, whose weights stay as they are.

    Raises:
        ContractError: If the file is absent, is not a state dict or is of another network.
    """
    found = {
        _OLD_NAME.sub(r"\1\2", name): value
        for name, value in _read(Path(path), backbone).items()
        if not name.startswith(f"{head}.")
    }
    wanted = {
        name: value
        for name, value in network.state_dict().items()
        if not name.startswith(f"{head}.")
    }
    _compare(found, wanted, f"{path} as weights of {backbone}")
    network.load_state_dict(found, strict=False)


def _read(path: Path, backbone: str) -> dict[str, Tensor]:
    if not path.is_file():
        raise ContractError(
            f"expected weights at {path} (model.weights), but there is no file."
            f" {_tell_source(backbone)}"
        )
    if path.suffix not in SUFFIXES:
        raise ContractError(
            f"expected model.weights as one of {', '.join(SUFFIXES)}, but got {path}"
        )
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        raise ContractError(
            f"expected a state dict in {path}, but it cannot be read as one"
            f" ({type(error).__name__}). {_tell_source(backbone)}"
        ) from error
    return _check_state_dict(content, path)


def _check_state_dict(content: Any, path: Path) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        raise ContractError(
            f"expected a state dict in {path}, but it holds a {type(content).__name__}."
            " Save network.state_dict() there."
        )
    others = [name for name, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise ContractError(
            f"expected a state dict in {path}: tensors by name, but {len(others)} entries are no"
            f" tensors: {first(others)}. Save network.state_dict() alone there."
        )
    return dict(content)


def _compare(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], what: str) -> None:
    # The oldest files lack the counts of batches, which no result depends on.
    needed = {name for name in wanted if not name.endswith("num_batches_tracked")}
    missing = [name for name in wanted if name in needed and name not in found]
    unexpected = [name for name in found if name not in wanted]
    others = [
        f"{name}: {tuple(found[name].shape)} for {tuple(wanted[name].shape)}"
        for name in wanted
        if name in found and found[name].shape != wanted[name].shape
    ]
    kinds = {"missing": missing, "unexpected": unexpected, "of another shape": others}
    texts = [f"{len(names)} {kind}: {first(names)}" for kind, names in kinds.items() if names]
    if texts:
        raise ContractError(
            f"expected {what}, but of its tensors are {'; '.join(texts)}. The file is of another"
            " network; change model or model.weights."
        )


def _tell_source(backbone: str) -> str:
    """Return where weights can be had; the address is known without a network."""
    kinds = torchvision.models.get_model_weights(backbone)
    return (
        f"Nothing is downloaded: fetch {kinds['IMAGENET1K_V1'].url}"
        f" (torchvision.models.{kinds.__name__}.IMAGENET1K_V1.url) where there is a network and"
        " give the path of that file."
    )
