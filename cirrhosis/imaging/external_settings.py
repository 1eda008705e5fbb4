"""The settings of a segmenter that lives in an environment of its own."""

from dataclasses import dataclass

from cirrhosis.contracts.errors import ContractError


@dataclass(frozen=True)
class ExternalSettings:
    """How the program of `liver.source` is called.

    Attributes:
        executable: Path of the program, or its name on `PATH`; empty takes the tool's name.
        weights: Folder of its weights; empty leaves the place, and perhaps a download, to it.
        class_index: Value of the liver in what it writes; None takes the tool's own.
        arguments: More words of its command line, one each, such as `--fast`.
        timeout_s: Seconds after which it is ended, with whatever it has started.
    """

    executable: str = ""
    weights: str = ""
    class_index: int | None = None
    arguments: tuple[str, ...] = ()
    timeout_s: float = 1800.0

    def __post_init__(self) -> None:
        """Refuse what cannot be called."""
        is_list = isinstance(self.arguments, tuple | list)
        if not is_list or not all(isinstance(word, str) for word in self.arguments):
            raise ContractError(
                "expected `liver.external.arguments` as a list of words, such as"
                f" [--fast,--cpu_only], but got {self.arguments!r}"
            )
        if self.timeout_s <= 0:
            raise ContractError(
                f"expected `liver.external.timeout_s` above 0, but got {self.timeout_s:g}"
            )
        if self.class_index is not None and self.class_index < 1:
            raise ContractError(
                "expected `liver.external.class_index` to be 1 or more (0 is background), but"
                f" got {self.class_index}"
            )
