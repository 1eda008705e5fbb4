"""At which thresholds and prevalences the models are used."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperatingSettings:
    """Targets of the two thresholds around the grey zone, and prevalences of other clinics.

    Attributes:
        rule_out_sensitivity: Sensitivity that the rule-out threshold keeps on training rows.
        rule_in_specificity: Specificity that the rule-in threshold keeps on training rows.
        prevalences: Shares of positives for which predictive values are worked out.
    """

    rule_out_sensitivity: float = 0.95
    rule_in_specificity: float = 0.95
    prevalences: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

    def __post_init__(self) -> None:
        """Refuse shares outside (0, 1).

        Raises:
            ValueError: If a target or a prevalence is not between 0 and 1.
        """
        shares = (self.rule_out_sensitivity, self.rule_in_specificity, *self.prevalences)
        wrong = [share for share in shares if not 0 < share < 1]
        if wrong:
            raise ValueError(
                "expected targets and prevalences between 0 and 1, found"
                f" {', '.join(str(share) for share in wrong)}; write 95 % as 0.95"
            )
