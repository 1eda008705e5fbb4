"""A trained registrar on disk: weights as safetensors, all else as JSON; nothing is unpickled."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_json, whole_file, write_json
from cirrhosis.models.registrar import RigidRegistrar
from cirrhosis.models.registrar_settings import (
    DisturbanceSettings,
    KeypointSettings,
    LearningSettings,
    RefinementSettings,
    RegistrarSettings,
)

WEIGHTS, RECORD = "model.safetensors", "model.json"
KIND = "rigid_registrar"


def write_registrar(registrar: RigidRegistrar, record: Mapping[str, Any], folder: Path) -> None:
    """Write weights and record, the record last: a folder with one has the other.

    Args:
        registrar: The trained one.
        record: What else whoever uses it must know, such as `split_hash`.
        folder: Where `model.safetensors` and `model.json` are written.
    """
    with whole_file(folder / WEIGHTS) as partial:
        weights = registrar.state_dict()
        save_file({name: value.contiguous().cpu() for name, value in weights.items()}, partial)
    settings = asdict(registrar.settings)
    write_json({**record, "kind": KIND, "settings": settings}, folder / RECORD)


def read_registrar(folder: Path) -> RigidRegistrar:
    """Return the trained registrar of a folder, ready to be asked.

    Raises:
        ContractError: If the folder holds none.
    """
    record = read_json(folder / RECORD)
    if record.get("kind") != KIND or not (folder / WEIGHTS).is_file():
        raise ContractError(
            f"expected {WEIGHTS} and {RECORD} of a {KIND} in {folder}, but found"
            f" {record.get('kind')!r}; train one by `cirrhosis train task=registration`"
        )
    registrar = RigidRegistrar(build_registrar_settings(record["settings"]), seed=0)
    registrar.load_state_dict(load_file(folder / WEIGHTS))
    return registrar.eval()


def build_registrar_settings(values: Mapping[str, Any]) -> RegistrarSettings:
    """Return settings from plain values, as a configuration or a record holds them.

    Raises:
        ContractError: If there is no such setting, or a value cannot be one.
    """
    parts = {
        "network": KeypointSettings,
        "disturbance": DisturbanceSettings,
        "learning": LearningSettings,
        "refinement": RefinementSettings,
    }
    try:
        built = {
            name: parts[name](**_tuples(value)) if name in parts else value
            for name, value in values.items()
        }
        return RegistrarSettings(**built)
    except TypeError as error:
        raise ContractError(
            f"expected the settings of a registrar, but {error}; see conf/registrar"
        ) from error


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
