"""What of the evaluation is a choice."""

from dataclasses import dataclass

AUROC_METHODS = ("delong", "logit", "exact", "bootstrap")
MCNEMAR_METHODS = ("exact", "mid_p", "asymptotic")
RULES = ("auroc", "article", "parsimony")


@dataclass(frozen=True)
class EvaluationSettings:
    """Choices of the evaluation.

    Attributes:
        auroc_method: Interval of areas under ROC curves; `exact` is what the article prints.
        mcnemar_method: Test of sensitivity, specificity and accuracy.
        confidence_level: Coverage of every interval.
        reference_model: Model that the others are compared with.
        probability_clip: Distance that the calibration slope keeps from 0 and 1, where the
            logit is infinite; None leaves the slope undefined there.
        rule: How the sequence combination is chosen: `auroc`, `article` or `parsimony`.
        auroc_tolerance: Of the rule `article`: distance from the best area within which
            combinations count as equal.
        n_resamples: Resamples of a bootstrap interval.
        bootstrap_seed: Seed of a bootstrap interval.
    """

    auroc_method: str = "delong"
    mcnemar_method: str = "exact"
    confidence_level: float = 0.95
    reference_model: str = "combined"
    probability_clip: float | None = 0.001
    rule: str = "article"
    auroc_tolerance: float = 0.01
    n_resamples: int = 2000
    bootstrap_seed: int = 17

    def __post_init__(self) -> None:
        """Refuse unknown words.

        Raises:
            ValueError: If a method or rule is unknown; the text lists the known ones.
        """
        choices = (
            ("auroc_method", self.auroc_method, AUROC_METHODS),
            ("mcnemar_method", self.mcnemar_method, MCNEMAR_METHODS),
            ("rule", self.rule, RULES),
        )
        for name, value, known in choices:
            if value not in known:
                raise ValueError(
                    f"expected {name} to be one of {', '.join(known)}, found {value!r}"
                )
