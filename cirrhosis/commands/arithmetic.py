"""How a run calculates: precision, memory format, compilation, repeatability."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from cirrhosis.contracts.errors import ContractError

CHOICES: dict[str, tuple[Any, ...]] = {
    "precision": ("32-true", "bf16-mixed", "16-mixed"),
    "matmul_precision": ("highest", "high", "medium"),
    "channels_last": ("auto", True, False),
    "compile": (True, False),
    "deterministic": ("warn", True, False),
    "benchmark": ("auto", True, False),
}


@dataclass(frozen=True)
class Arithmetic:
    """How a run calculates, with every `auto` decided.

    Attributes:
        precision: In Lightning's words.
        matmul_precision: Of float32 on a GPU, in torch's words.
        channels_last: Whether the network has its channels last in memory.
        compile: Whether torch compiles the network.
        deterministic: Whether operations that give other bits each time are refused (True),
            named (`warn`) or taken (False).
        benchmark: Whether cuDNN times its algorithms and takes the fastest.
        on_gpu: Whether the run is on a GPU of CUDA.
    """

    precision: str
    matmul_precision: str
    channels_last: bool
    compile: bool
    deterministic: bool | str
    benchmark: bool
    on_gpu: bool

    def __post_init__(self) -> None:
        """Refuse what excludes itself."""
        if self.benchmark and self.deterministic:
            raise ContractError(
                "expected trainer.benchmark=false or auto for trainer.deterministic="
                f"{_word(self.deterministic)}, but got true: the fastest algorithm is another"
                " one each time; use trainer.deterministic=false"
            )
        if self.precision == "16-mixed" and not self.on_gpu:
            raise ContractError(
                "expected a GPU for trainer.precision=16-mixed, but the run is on the"
                " processor; use bf16-mixed or 32-true there"
            )

    def apply(self) -> None:
        """Set what torch knows per process only; Lightning sets the rest."""
        # Determinism writes NaN into all new memory, to show reads before writes: nothing
        # that gives another result, and it costs a pass over every tensor of a step.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        if self.on_gpu:
            torch.set_float32_matmul_precision(self.matmul_precision)
            torch.backends.cudnn.allow_tf32 = self.matmul_precision != "highest"


def read_arithmetic(options: Mapping[str, Any]) -> Arithmetic:
    """Return how a run calculates.

    Args:
        options: The part `trainer` of the configuration.

    Raises:
        ContractError: If a value is unknown or excludes another one.
    """
    for name, allowed in CHOICES.items():
        _check_choice(name, options[name], allowed)
    on_gpu = options["accelerator"] in ("gpu", "cuda") or (
        options["accelerator"] == "auto" and torch.cuda.is_available()
    )
    return Arithmetic(
        precision=options["precision"],
        matmul_precision=options["matmul_precision"],
        channels_last=_decide(options["channels_last"], automatic=on_gpu),
        compile=options["compile"],
        deterministic=options["deterministic"],
        benchmark=_decide(options["benchmark"], automatic=not options["deterministic"]),
        on_gpu=on_gpu,
    )


def _check_choice(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    # 1 equals True, and is not what was asked for.
    if not any(type(value) is type(choice) and value == choice for choice in allowed):
        words = ", ".join(_word(choice) for choice in allowed)
        raise ContractError(f"expected trainer.{name} as one of {words}, but got '{_word(value)}'")


def _decide(value: bool | str, *, automatic: bool) -> bool:
    return automatic if value == "auto" else bool(value)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
