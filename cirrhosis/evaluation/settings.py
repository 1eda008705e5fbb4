"""What of the evaluation is a choice."""

from dataclasses import dataclass, field

from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.cell_settings import CellSettings
from cirrhosis.evaluation.center_settings import CenterSettings
from cirrhosis.evaluation.cohort_settings import CohortSettings
from cirrhosis.evaluation.comparator_settings import ComparatorSettings
from cirrhosis.evaluation.comparison_settings import ModelPair, PrimaryComparison
from cirrhosis.evaluation.misclassified_settings import MisclassifiedSettings
from cirrhosis.evaluation.operating_settings import OperatingSettings
from cirrhosis.evaluation.selection_settings import RULES, SelectionSettings
from cirrhosis.evaluation.stage_settings import LabelCutOffSettings, StageSettings
from cirrhosis.evaluation.subgroup_settings import SubgroupSettings
from cirrhosis.statistics import proportions

AUROC_METHODS = ("delong", "logit", "exact", "bootstrap")
MCNEMAR_METHODS = ("exact", "mid_p", "asymptotic")
PROPORTION_METHODS = proportions.METHODS
PREDICTIVE_METHODS = ("mercaldo_logit", *PROPORTION_METHODS)
PREDICTIVE_TESTS = ("weighted_generalized_score", "generalized_score", "relative")


@dataclass(frozen=True)
class EvaluationSettings:
    """Choices of the evaluation.

    Attributes:
        auroc_method: Interval of areas under ROC curves; `exact` is what the article prints.
        proportion_method: Interval of sensitivity, specificity and accuracy; the article's is
            `clopper_pearson`.
        predictive_method: Interval of PPV and NPV; the article's is `mercaldo_logit`.
        mcnemar_method: Test of sensitivity, specificity and accuracy.
        predictive_test: Test of PPV and NPV; the article's is `weighted_generalized_score`.
        confidence_level: Coverage of every interval.
        reference_model: Model that the others are compared with in Table 2.
        references: Models that every other one is compared with, pair by pair.
        pairs: Further pairs to compare.
        primary: The one comparison that is not adjusted for the others.
        probability_clip: Distance that the calibration slope keeps from 0 and 1, where the
            logit is infinite; None leaves the slope undefined there.
        rule: How the sequence combination is chosen: `auroc`, `article` or `parsimony`.
        auroc_tolerance: Of the rule `article`: distance from the best area within which
            combinations count as equal.
        selection: How the choice is repeated, and details of the rule `parsimony`.
        n_resamples: Resamples of a bootstrap interval.
        bootstrap_seed: Seed of a bootstrap interval.
        n_permutations: Of a permutation test, where DeLong's is undefined.
        permutation_seed: Seed of a permutation test.
        comparators: Rules beside the models that are judged like them.
        operating_points: Rule-out and rule-in thresholds, prevalences.
        calibration: Calibration curves and recalibration.
        cohort: Tables about the patients.
        cells: When a group of patients is too small to estimate anything in.
        subgroups: Subgroups and their comparison.
        centers: Tables by centre.
        stages: Tables by stage of fibrosis.
        label_cut_offs: Other labels for the same scores.
        misclassified: Tables of errors.
    """

    auroc_method: str = "delong"
    proportion_method: str = "clopper_pearson"
    predictive_method: str = "mercaldo_logit"
    mcnemar_method: str = "exact"
    predictive_test: str = "weighted_generalized_score"
    confidence_level: float = 0.95
    reference_model: str = "combined"
    references: tuple[str, ...] = ("combined", "cnn")
    pairs: tuple[ModelPair, ...] = ()
    primary: PrimaryComparison = field(default_factory=PrimaryComparison)
    probability_clip: float | None = 0.001
    rule: str = "article"
    auroc_tolerance: float = 0.01
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    n_resamples: int = 2000
    bootstrap_seed: int = 17
    n_permutations: int = 9999
    permutation_seed: int = 17
    comparators: ComparatorSettings = field(default_factory=ComparatorSettings)
    operating_points: OperatingSettings = field(default_factory=OperatingSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    cohort: CohortSettings = field(default_factory=CohortSettings)
    cells: CellSettings = field(default_factory=CellSettings)
    subgroups: SubgroupSettings = field(default_factory=SubgroupSettings)
    centers: CenterSettings = field(default_factory=CenterSettings)
    stages: StageSettings = field(default_factory=StageSettings)
    label_cut_offs: LabelCutOffSettings = field(default_factory=LabelCutOffSettings)
    misclassified: MisclassifiedSettings = field(default_factory=MisclassifiedSettings)

    def __post_init__(self) -> None:
        """Refuse unknown words.

        Raises:
            ValueError: If a method or rule is unknown; the text lists the known ones.
        """
        choices = (
            ("auroc_method", self.auroc_method, AUROC_METHODS),
            ("proportion_method", self.proportion_method, PROPORTION_METHODS),
            ("predictive_method", self.predictive_method, PREDICTIVE_METHODS),
            ("predictive_test", self.predictive_test, PREDICTIVE_TESTS),
            ("mcnemar_method", self.mcnemar_method, MCNEMAR_METHODS),
            ("rule", self.rule, RULES),
        )
        for name, value, known in choices:
            if value not in known:
                raise ValueError(
                    f"expected {name} to be one of {', '.join(known)}, found {value!r}"
                )
