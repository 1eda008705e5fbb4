"""Which subgroups are looked at, and how they are compared."""

from dataclasses import dataclass

KINDS = ("categorical", "numeric", "multiple")
REFERENCES = ("t", "normal")


@dataclass(frozen=True)
class SubgroupVariable:
    """A column of the clinical table and how it becomes levels.

    Attributes:
        column: Column of `patients.csv`, one of the contract or any other.
        kind: `categorical`: every value is a level. `numeric`: cut at `cuts` or `quantiles`.
            `multiple`: a cell may hold several values separated by `;`.
        cuts: Cut points of a numeric column; a value equal to one lies below it.
        quantiles: Number of groups of about equal size instead of cut points; these are
            taken from training patients and used on every split.
        values: Of a `multiple` column: the values that make levels. A cell with several of
            them is a level of its own (`hbv+hcv`), one with none of them is `other`.
        absent_column: A count whose 0 means that there is nothing to measure: level `none`.
        missing_words: Values that count as missing, such as `unknown`.
        name: Name of the variable in the table; None takes the column's.
    """

    column: str
    kind: str = "categorical"
    cuts: tuple[float, ...] = ()
    quantiles: int | None = None
    values: tuple[str, ...] = ()
    absent_column: str | None = None
    missing_words: tuple[str, ...] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what gives no levels.

        Raises:
            ValueError: If the kind is unknown, or what the kind needs is not given.
        """
        if self.kind not in KINDS:
            raise ValueError(
                f"expected kind of '{self.column}' to be one of {', '.join(KINDS)},"
                f" found {self.kind!r}"
            )
        if self.kind == "multiple" and not self.values:
            raise ValueError(f"expected the values that make levels of '{self.column}', found none")
        if self.kind == "numeric":
            self._check_cuts()

    def _check_cuts(self) -> None:
        if bool(self.cuts) == (self.quantiles is not None):
            raise ValueError(
                f"expected either cuts or quantiles for the numeric column '{self.column}', found"
                f" cuts {list(self.cuts)} and quantiles {self.quantiles}"
            )
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError(f"expected ascending cuts of '{self.column}', found {list(self.cuts)}")
        if self.quantiles is not None and self.quantiles < 2:
            raise ValueError(
                f"expected 2 or more quantiles of '{self.column}', found {self.quantiles}"
            )


# The article's subgroups; it cuts BMI at 25 and lesions at 2 and 5 cm. The cut of age is ours.
ARTICLE = (
    SubgroupVariable("sex"),
    SubgroupVariable("age_years", kind="numeric", cuts=(60.0,)),
    SubgroupVariable("bmi_kg_per_m2", kind="numeric", cuts=(25.0,)),
    SubgroupVariable("etiology", kind="multiple", values=("hbv",), missing_words=("unknown",)),
    SubgroupVariable("field_strength_t"),
    SubgroupVariable("manufacturer"),
    SubgroupVariable("contrast_agent"),
    SubgroupVariable("artifact"),
    SubgroupVariable(
        "largest_lesion_cm", kind="numeric", cuts=(2.0, 5.0), absent_column="lesion_count"
    ),
    SubgroupVariable("center"),
)


@dataclass(frozen=True)
class SubgroupSettings:
    """Choices of the subgroup analysis.

    Attributes:
        models: Models looked at; none means all.
        variables: What makes the subgroups.
        columns: More columns of `patients.csv`, each value a level.
        maximum_levels: A column with more levels is refused.
        unpaired_reference: Reference of the unpaired DeLong test of two levels: `t` with
            Welch-Satterthwaite degrees of freedom, or `normal`.
        compare_models: Whether each model is compared with the reference model inside every
            subgroup.
    """

    models: tuple[str, ...] = ("combined", "cnn")
    variables: tuple[SubgroupVariable, ...] = ARTICLE
    columns: tuple[str, ...] = ()
    maximum_levels: int = 12
    unpaired_reference: str = "t"
    compare_models: bool = True

    def __post_init__(self) -> None:
        """Refuse an unknown reference and a variable that stands twice.

        Raises:
            ValueError: If a setting cannot be used.
        """
        if self.unpaired_reference not in REFERENCES:
            raise ValueError(
                f"expected unpaired_reference to be one of {', '.join(REFERENCES)},"
                f" found {self.unpaired_reference!r}"
            )
        names = [variable.name or variable.column for variable in self.all_variables]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"expected each subgroup variable once, found {', '.join(twice)} several times;"
                " give one of them another name"
            )

    @property
    def all_variables(self) -> tuple[SubgroupVariable, ...]:
        """The variables, those of `columns` included."""
        return (*self.variables, *(SubgroupVariable(column) for column in self.columns))
