"""Where the configuration lies, and how it becomes plain values and settings."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf

from cirrhosis.contracts.errors import ContractError, first

Settings = TypeVar("Settings")


def find_configuration() -> str:
    """Return the absolute folder `conf`: beside the packages in a wheel, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "conf"
    return str(packed if packed.is_dir() else package.parent / "conf")


CONF = find_configuration()


def plain(config: DictConfig) -> dict[str, Any]:
    """Return the resolved configuration as dictionaries, lists, text and numbers.

    Raises:
        ContractError: If an obligatory value was not given.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise ContractError(
            f"expected a value for every obligatory setting, but {first(missing)} has none; give"
            f" it on the command line, such as {missing[0]}=..."
        )
    return typing.cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))


def build_settings(kind: type[Settings], values: Mapping[str, Any], where: str) -> Settings:
    """Return a settings dataclass filled from configuration, nested ones included.

    Raises:
        ContractError: If `values` has a key that the settings do not have, or a value that
            they refuse.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ContractError(
            f"expected the settings {', '.join(fields)} in '{where}', but {first(unknown)} is"
            " not one of them"
        )
    hints = typing.get_type_hints(kind)
    converted = {
        name: _convert(hints[name], value, f"{where}.{name}") for name, value in values.items()
    }
    try:
        return kind(**converted)
    except ContractError:
        raise
    except ValueError as error:
        raise ContractError(f"{where}: {error}") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    options = [
        option
        for option in (
            typing.get_args(hint)
            if typing.get_origin(hint) in (typing.Union, types.UnionType)
            else (hint,)
        )
        if option is not type(None)
    ]
    for option in options:
        if dataclasses.is_dataclass(option) and isinstance(value, Mapping):
            return build_settings(typing.cast(type[Any], option), value, where)
        if typing.get_origin(option) is tuple and isinstance(value, list | tuple):
            return tuple(_convert(typing.get_args(option)[0], item, where) for item in value)
        if option is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
    return value
