"""How scores are looked at by stage of fibrosis, and which other labels are tried."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StageSettings:
    """Choices of the tables by stage.

    Attributes:
        models: Models looked at; none means all.
        ishak_5_is_cirrhosis: Whether Ishak 5 equals METAVIR 4, as in the label's settings.
        minimum_n: A stage with fewer patients keeps its count and has no estimate. Ours.
        contrast_stage: METAVIR-equivalent stage that is told from each lower one alone.
    """

    models: tuple[str, ...] = ()
    ishak_5_is_cirrhosis: bool = True
    minimum_n: int = 5
    contrast_stage: int = 4


@dataclass(frozen=True)
class LabelCutOffSettings:
    """Choices of the table of labels.

    Attributes:
        models: Models looked at; none means all.
        minimum_stages: Labels tried: positive from this METAVIR-equivalent stage on. Stage 4
            is tried with and without Ishak 5 where the scheme is Ishak's.
    """

    models: tuple[str, ...] = ()
    minimum_stages: tuple[int, ...] = (1, 2, 3, 4)

    def __post_init__(self) -> None:
        """Refuse stages that no patient can be below or reach.

        Raises:
            ValueError: If a stage is not 1 to 4.
        """
        wrong = [stage for stage in self.minimum_stages if stage not in (1, 2, 3, 4)]
        if wrong:
            raise ValueError(f"expected label cut-offs among 1, 2, 3 and 4, found {wrong}")
