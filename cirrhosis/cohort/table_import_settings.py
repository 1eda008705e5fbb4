"""What an import is told: how the table is written, and where each column comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# No word here can also be a finding ("none", "-", "unknown"); a source adds its own.
MISSING_WORDS = (
    "",
    "?",
    ".",
    "NA",
    "N/A",
    "NaN",
    "null",
    "[Not Available]",
    "[Not Applicable]",
    "[Not Evaluated]",
    "[Unknown]",
)
KINDS = ("text", "number", "flag", "date")
ON_IMPLAUSIBLE = ("missing", "keep", "fail")


@dataclass(frozen=True)
class TableFormat:
    """How the source is written.

    Attributes:
        delimiter: One character between cells.
        quote: Character around cells that hold the delimiter; None where there is none.
        encoding: Of the file; `utf-8-sig` also reads files that start with a byte order mark.
        comment: Lines that start with it are no rows; None where there are none.
        header_row: Row with the names, counted from 1 without comments and blank lines.
        first_row: First row of data; what stands between it and the names is left out.
        decimal: Character before the decimals.
        thousands: Character between thousands, taken out of numbers; None where there is none.
    """

    delimiter: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8-sig"
    comment: str | None = None
    header_row: int = 1
    first_row: int = 2
    decimal: str = "."
    thousands: str | None = None

    def __post_init__(self) -> None:
        """Refuse rows that cannot be.

        Raises:
            ValueError: If the data do not start below the names.
        """
        if not 1 <= self.header_row < self.first_row:
            raise ValueError(
                "expected 1 <= header_row < first_row, found"
                f" header_row={self.header_row} and first_row={self.first_row}"
            )


@dataclass(frozen=True)
class UnitRule:
    """One line of the detection of a unit; the first line that fits a value decides.

    Attributes:
        unit: Unit of the values that fit.
        drop: Instead of a unit: why the values that fit are set to missing.
        column: Source column that is looked at (a reference limit, a unit); None looks at
            the value itself.
        at_least: Fits numbers from here on.
        below: Fits numbers below.
        words: Fits these words.
    """

    unit: str | None = None
    drop: str | None = None
    column: str | None = None
    at_least: float | None = None
    below: float | None = None
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a line without a condition or without exactly one consequence.

        Raises:
            ValueError: If the line says nothing, or two things.
        """
        if (self.unit is None) == (self.drop is None):
            raise ValueError(
                "expected each unit rule to say `unit` or `drop`, one of them, found"
                f" unit={self.unit!r} and drop={self.drop!r}"
            )
        if self.at_least is None and self.below is None and not self.words:
            raise ValueError("expected a unit rule to name `at_least`, `below` or `words`")
        if self.words and self.column is None:
            raise ValueError("expected a unit rule with `words` to name the `column` they stand in")


@dataclass(frozen=True)
class ColumnSettings:
    """Where one column of `patients.csv` comes from.

    Attributes:
        column: Source column.
        constant: Instead of a column: one value for every patient, an assumption of the
            person who imports.
        kind: `text`, `number`, `flag` (0 or 1) or `date`; None for columns of the contract,
            which know their own.
        unit: Unit of the whole column.
        unit_column: Source column that holds the unit of each value.
        unit_rules: How the unit of each value is told, where one column mixes several.
        words: Recodes source words, capitals ignored, before anything else is asked of them;
            a null makes a word missing. Where words are given, a text that is not among
            them is set to missing; a number or flag needs no word.
        separator: Splits a text cell into several values, which `;` joins afterwards.
        date_format: As `datetime.strptime` reads it.
    """

    column: str | None = None
    constant: str | float | None = None
    kind: str | None = None
    unit: str | None = None
    unit_column: str | None = None
    unit_rules: tuple[UnitRule, ...] = ()
    words: Mapping[str, str | float | None] = field(default_factory=dict)
    separator: str | None = None
    date_format: str = "%Y-%m-%d"

    def __post_init__(self) -> None:
        """Refuse a column without a source, with two, or with two ways to its unit.

        Raises:
            ValueError: If the settings contradict each other.
        """
        if (self.column is None) == (self.constant is None):
            raise ValueError(
                "expected `column` or `constant`, one of them, found"
                f" column={self.column!r} and constant={self.constant!r}"
            )
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"expected kind to be one of {', '.join(KINDS)}, found {self.kind!r}")
        if self.unit is not None and not isinstance(self.unit, str):
            raise ValueError(f"expected unit to be text, found {self.unit!r}; put it in quotes")
        if any(isinstance(word, bool) for word in self.words):
            raise ValueError(
                "expected words as text, found true or false, which YAML makes of yes and no;"
                " put the words in quotes"
            )
        ways = [self.unit is not None, self.unit_column is not None, bool(self.unit_rules)]
        if sum(ways) > 1:
            raise ValueError(
                "expected one of `unit`, `unit_column` and `unit_rules`, found several"
            )

    @property
    def meanings(self) -> dict[str, str]:
        """What each listed word means, by the word in lower case; without unwanted ones."""
        return {
            str(word).strip().casefold(): _write(meaning)
            for word, meaning in self.words.items()
            if meaning is not None
        }

    @property
    def unwanted(self) -> list[str]:
        """Words that are stated to be missing."""
        return [str(word) for word, meaning in self.words.items() if meaning is None]


def _write(meaning: str | float) -> str:
    if isinstance(meaning, str):
        return meaning
    return f"{float(meaning):g}"


@dataclass(frozen=True)
class RowFilter:
    """Which rows take part, by the words of a source column.

    Attributes:
        column: Source column.
        keep: Only rows with these words take part; empty keeps all.
        leave_out: Rows with these words do not take part.
    """

    column: str
    keep: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identifier:
    """Where `patient_id` comes from.

    Attributes:
        column: Source column; None numbers the rows of the table, those left out included.
        prefix: Stands before it.
        width: A number gets zeros in front up to this many digits, as folders of some sources
            have them; 0 leaves it as it is.
    """

    column: str | None = None
    prefix: str = ""
    width: int = 0


@dataclass(frozen=True)
class SourceSettings:
    """Everything that turns one kind of table into `patients.csv`.

    Attributes:
        format: How the table is written.
        missing: Words that mean missing, capitals ignored.
        identifier: Where `patient_id` comes from.
        rows: Filters, applied in turn.
        columns: Columns of `patients.csv` and where each comes from.
        implausible: Values outside the limits of plausibility: `missing` (counted), `keep`
            or `fail`.
    """

    columns: Mapping[str, ColumnSettings]
    format: TableFormat = field(default_factory=TableFormat)
    missing: tuple[str, ...] = MISSING_WORDS
    identifier: Identifier = field(default_factory=Identifier)
    rows: tuple[RowFilter, ...] = ()
    implausible: str = "missing"

    def __post_init__(self) -> None:
        """Refuse an import of nothing and unknown words.

        Raises:
            ValueError: If there are no columns or `implausible` is unknown.
        """
        if not self.columns:
            raise ValueError(
                "expected at least one column under `columns`; conf/source/table.yaml shows how"
            )
        if "patient_id" in self.columns:
            raise ValueError("expected `patient_id` to be told by `identifier`, not by `columns`")
        if self.implausible not in ON_IMPLAUSIBLE:
            raise ValueError(
                f"expected implausible to be one of {', '.join(ON_IMPLAUSIBLE)},"
                f" found {self.implausible!r}"
            )

    @property
    def source_columns(self) -> list[str]:
        """Names that the source must have, each once."""
        names: list[str | None] = [self.identifier.column, *(rule.column for rule in self.rows)]
        for settings in self.columns.values():
            names += [settings.column, settings.unit_column]
            names += [rule.column for rule in settings.unit_rules]
        return list(dict.fromkeys(name for name in names if name is not None))
