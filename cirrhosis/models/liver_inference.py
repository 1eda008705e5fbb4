"""The trained segmenter as it is used: a file of weights and its record, nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference
from safetensors.torch import load_file, save
from torch import Tensor, nn

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, whole_file, write_json
from cirrhosis.contracts.volume import Array
from cirrhosis.models.liver_input import pad_to, prepare_image, resize, stack_context
from cirrhosis.models.liver_segmenter import enlarge
from cirrhosis.models.liver_settings import LiverNetworkSettings
from cirrhosis.models.networks.liver_unet import build_liver_network

SLICES_AT_ONCE = 8


@dataclass(frozen=True)
class LiverModel:
    """A trained network.

    Attributes:
        network: In evaluation mode.
        settings: Its input.
    """

    network: nn.Module
    settings: LiverNetworkSettings

    @torch.inference_mode()
    def find_probability(self, array: Array, spacing_mm: tuple[float, float, float]) -> Array:
        """Return the probability of the liver in each voxel, float32 (z, y, x).

        Args:
            array: Intensities (z, y, x).
            spacing_mm: Distances along (z, y, x).
        """
        device = next(self.network.parameters()).device
        image = prepare_image(array, spacing_mm, self.settings.spacing_mm).to(device)
        padded = pad_to(image, self.settings.divisors)
        find = self._by_slice if self.settings.dimensions == 2 else self._by_window
        depth, rows, columns = image.shape
        probability = find(padded).sigmoid()[:depth, :rows, :columns]
        size = array.shape[1], array.shape[2]
        return np.asarray(resize(probability, size).cpu().numpy(), np.float32)

    def _by_slice(self, image: Tensor) -> Tensor:
        numbers = torch.arange(len(image), device=image.device)
        parts = []
        for chosen in numbers.split(SLICES_AT_ONCE):
            shown = stack_context(image, chosen, self.settings.context)
            parts.append(enlarge(self.network(shown), shown.shape[2:])[:, 0])
        return torch.cat(parts)

    def _by_window(self, image: Tensor) -> Tensor:
        found = sliding_window_inference(
            image[None, None],
            roi_size=self.settings.window,
            sw_batch_size=2,
            predictor=lambda shown: enlarge(self.network(shown), shown.shape[2:]),
            overlap=self.settings.overlap,
            mode="gaussian",
            padding_mode="constant",
            cval=float(image.min()),
        )
        return cast(Tensor, found)[0, 0]


def write_model(model: LiverModel, record: dict[str, Any], folder: Path) -> None:
    """Write `model.json` and `model.safetensors`, each whole; the weights last.

    Args:
        model: What was trained.
        record: What else is to be known of it, plain values.
        folder: Where to.
    """
    weights = {name: value.cpu().contiguous() for name, value in _own_weights(model.network)}
    write_json(record | {"network": asdict(model.settings)}, folder / "model.json")
    with whole_file(folder / "model.safetensors") as partial:
        partial.write_bytes(save(weights))


def open_model(folder: Path) -> LiverModel:
    """Return the model of a folder.

    Raises:
        ContractError: If its files are absent or do not belong together.
    """
    weights, record = folder / "model.safetensors", read_json(folder / "model.json")
    try:
        content = record["network"]
        tuples = {name: tuple(content[name]) for name in ("filters", "window")}
        settings = LiverNetworkSettings(**content | tuples)
        # Coarser levels only help to learn; built alike, so that the weights fit.
        network = build_liver_network(settings)
        _load_weights(network, load_file(weights))
    # Whatever is wrong with the files, safetensors and torch each have words of their own.
    except Exception as error:
        raise ContractError(
            f"expected the weights of a liver segmenter in {weights} and its settings beside"
            f" them, but they cannot be read ({type(error).__name__}: {error}); train it again"
            " with on_existing=force"
        ) from error
    return LiverModel(network.eval(), settings)


def average_probability(
    models: Sequence[LiverModel], array: Array, spacing_mm: tuple[float, float, float]
) -> Array:
    """Return the mean probability over models, float32 (z, y, x)."""
    found = [model.find_probability(array, spacing_mm) for model in models]
    return np.asarray(np.mean(found, axis=0), np.float32)


def _own_weights(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield each weight once: the state of MONAI's DynUNet names most of them twice."""
    for name, value in network.named_parameters():
        yield name, value.detach()


def _load_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    own = dict(_own_weights(network))
    if own.keys() != weights.keys():
        different = sorted(own.keys() ^ weights.keys())
        raise ContractError(f"the weights {first(different)} stand on one side only")
    for name, value in own.items():
        if value.shape != weights[name].shape:
            raise ContractError(f"'{name}' has {tuple(weights[name].shape)}")
        value.copy_(weights[name])
