"""What of the tables about patients is a choice; none of it is the article's."""

from dataclasses import dataclass, field

from cirrhosis.clinical.article_inputs import LABS, PREDICTORS

SCANNER = ("field_strength_t", "manufacturer", "contrast_agent", "artifact")
SEVERAL_WORDS = ("etiology", "lesion_type", "lesion_location")


@dataclass(frozen=True)
class BaselineSettings:
    """Choices of Table 1.

    Attributes:
        columns: Of `patients.csv`, or scores derived from it, in the order of the rows; the
            first of them are the article's.
        further_columns: More of them, whatever the cohort has.
        several_words: Columns whose cells may hold several words separated by `;`: each word
            is a row, tested by itself.
        as_words: Numbers that name a kind, not an amount.
        by_class: Whether negative and positive training patients are compared as well.
        most_partial_tables: Fillings of half a table above which Fisher's exact test gives
            way to the seeded Monte Carlo test.
    """

    columns: tuple[str, ...] = (
        "age_years",
        "sex",
        "bmi_kg_per_m2",
        "etiology",
        "child_pugh_class",
        "meld",
        "albi_grade",
        *LABS,
        "creatinine_umol_per_l",
        "sodium_mmol_per_l",
        "largest_lesion_cm",
        "lesion_number",
        "lesion_type",
        "specimen",
        *SCANNER,
        "target",
        "fibrosis_stage",
        "fib4",
        "apri",
        "albi",
    )
    further_columns: tuple[str, ...] = ()
    several_words: tuple[str, ...] = SEVERAL_WORDS
    as_words: tuple[str, ...] = (
        "field_strength_t",
        "fibrosis_stage",
        "target",
        "albi_grade",
        "child_pugh_class",
        "center",
    )
    by_class: bool = True
    most_partial_tables: int = 200_000


@dataclass(frozen=True)
class ShiftSettings:
    """Choices of the shift between development and test.

    Attributes:
        predictors: Numbers compared between splits; with them a model is fitted that tells
            the splits apart.
        scanner: Columns of words compared between splits.
        central_share: Share of the training values that counts as their range.
        n_folds: Folds of the model that tells the splits apart.
        seed: Of these folds.
    """

    predictors: tuple[str, ...] = PREDICTORS
    scanner: tuple[str, ...] = SCANNER
    central_share: float = 0.95
    n_folds: int = 5
    seed: int = 17

    def __post_init__(self) -> None:
        """Refuse a share outside (0, 1) and fewer than two folds.

        Raises:
            ValueError: If `central_share` or `n_folds` is out of range.
        """
        if not 0 < self.central_share < 1:
            raise ValueError(
                f"expected central_share in (0, 1), found {self.central_share}; write 95 % as 0.95"
            )
        if self.n_folds < 2:
            raise ValueError(f"expected n_folds of at least 2, found {self.n_folds}")


@dataclass(frozen=True)
class ScannerSettings:
    """Choices of the table of scanners.

    Attributes:
        columns: Of `patients.csv`.
        parameters: Of `volumes.csv` or `qc.csv`; one that neither has is named as absent.
    """

    columns: tuple[str, ...] = SCANNER
    parameters: tuple[str, ...] = (
        "scanner_model",
        "repetition_time_ms",
        "echo_time_ms",
        "flip_angle_deg",
        "slice_thickness_mm",
        "slice_spacing_mm",
        "pixel_spacing_mm",
        "n_slices",
        "n_rows",
        "n_columns",
        "n_liver_slices",
    )


@dataclass(frozen=True)
class CohortSettings:
    """Choices of the tables about patients.

    Attributes:
        baseline: Table 1.
        shift: Development against test.
        scanners: Scanners and sequence parameters.
        limit_days: Three months between an examination and the reference standard; the
            article gives no number of days.
        sequences: Sequences whose absence counts as a loss; None takes all of the cohort.
        share_method: Interval of a share: `clopper_pearson`, `wilson` or `logit`.
        ast_upper_limit_u_per_l: Upper limit of normal AST for APRI where a patient has none
            in `patients.csv`; None leaves APRI missing there.
    """

    baseline: BaselineSettings = field(default_factory=BaselineSettings)
    shift: ShiftSettings = field(default_factory=ShiftSettings)
    scanners: ScannerSettings = field(default_factory=ScannerSettings)
    limit_days: float = 92.0
    sequences: tuple[str, ...] | None = None
    share_method: str = "wilson"
    ast_upper_limit_u_per_l: float | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown method and a limit that is none.

        Raises:
            ValueError: If `share_method` is unknown or `limit_days` is not positive.
        """
        if self.limit_days <= 0:
            raise ValueError(f"expected limit_days above 0, found {self.limit_days}")
        known = ("clopper_pearson", "wilson", "logit")
        if self.share_method not in known:
            raise ValueError(
                f"expected share_method to be one of {', '.join(known)}, found"
                f" {self.share_method!r}"
            )
