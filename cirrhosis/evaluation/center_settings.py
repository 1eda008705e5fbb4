"""How centres are looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CenterSettings:
    """Choices of the tables by centre.

    Attributes:
        models: Models looked at; none means all.
        column: Column of `patients.csv` that names the centre.
        with_all_tests: Whether the test splits are also looked at together, as `all_tests`.
    """

    models: tuple[str, ...] = ("combined", "cnn")
    column: str = "center"
    with_all_tests: bool = True
