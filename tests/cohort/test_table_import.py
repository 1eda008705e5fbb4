"""A table becomes a cohort by its settings, and every cell is accounted for."""

import pandas as pd
import pytest

from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.table_import import import_table
from cirrhosis.cohort.table_import_settings import (
    ColumnSettings,
    Identifier,
    RowFilter,
    SourceSettings,
    TableFormat,
    UnitRule,
)
from cirrhosis.contracts.errors import ContractError


def make_cells(**columns):
    return pd.DataFrame(columns, dtype="string")


def take(cells, columns, **settings):
    columns = {name: ColumnSettings(**column) for name, column in columns.items()}
    return import_table(cells, SourceSettings(columns=columns, **settings))


def take_one(cells, target, **column):
    imported = take(cells, {target: column})
    report = imported.report[imported.report["column"] == target]
    return imported.patients[target].tolist(), report


def lines_of(report, outcome):
    return report.loc[report["outcome"] == outcome, ["rule", "n"]].to_numpy().tolist()


def test_the_value_tells_the_unit_of_platelets_and_a_gap_between_the_ranges_is_missing():
    rules = (
        UnitRule(unit="10^9/L", at_least=10, below=2000),
        UnitRule(unit="/uL", at_least=10000, below=2e6),
    )
    cells = make_cells(plt=["102", "102000", "4", "[Not Available]", "5000"])
    values, report = take_one(cells, "platelets_e9_per_l", column="plt", unit_rules=rules)
    assert values[:2] == [102.0, 102.0]
    assert pd.isna(values[2:]).all()
    assert lines_of(report, "converted") == [["/uL / 1000, 10000 <= value < 2000000", 1]]
    assert lines_of(report, "set_to_missing") == [["unit unknown: no rule fits", 2]]
    assert lines_of(report, "missing") == [["empty or a word that means missing", 1]]


def test_the_reference_range_tells_the_unit_of_albumin():
    rules = (
        UnitRule(unit="g/dL", column="top", at_least=3.5, below=7),
        UnitRule(unit="g/L", column="top", at_least=35, below=70),
        UnitRule(unit="mg/dL", column="top", at_least=3500, below=7000),
        UnitRule(drop="reference range of no known unit", column="top", at_least=0),
    )
    cells = make_cells(
        alb=["4.1", "41", "4100", "0.4", "4.1"], top=["5.3", "50", "5100", "0.5", "[Not Available]"]
    )
    values, report = take_one(cells, "albumin_g_per_l", column="alb", unit_rules=rules)
    assert values[:3] == [41.0, 41.0, 41.0]
    assert pd.isna(values[3:]).all()
    assert lines_of(report, "set_to_missing") == [
        ["reference range of no known unit: 0 <= top", 1],
        ["unit unknown: no rule fits", 1],
    ]


def test_a_range_holds_its_lower_end_and_not_its_upper_and_no_infinite_number():
    rules = (UnitRule(unit="g/L", at_least=20, below=50),)
    values, report = take_one(
        make_cells(alb=["20", "50", "19.9", "inf"]),
        "albumin_g_per_l",
        column="alb",
        unit_rules=rules,
    )
    assert values[0] == 20.0
    assert pd.isna(values[1:]).all()
    assert sorted(lines_of(report, "set_to_missing")) == [
        ["no number", 1],
        ["unit unknown: no rule fits", 2],
    ]


def test_words_of_another_column_tell_the_unit():
    rules = (
        UnitRule(unit="mg/dL", column="hospital", words=("north", "east")),
        UnitRule(unit="umol/L", column="hospital", words=("south",)),
    )
    cells = make_cells(crea=["1", "90", "1"], hospital=["North", "south", "west"])
    values, report = take_one(cells, "creatinine_umol_per_l", column="crea", unit_rules=rules)
    assert values[:2] == [pytest.approx(88.42), 90.0]
    assert lines_of(report, "set_to_missing") == [["unit unknown: no rule fits", 1]]
    assert lines_of(report, "converted") == [["mg/dL x 88.42, hospital is north or east", 1]]


def test_seconds_are_no_inr_and_keep_a_column_of_their_own():
    cells = make_cells(pt=["1.1", "12.4", "6.9"], top=["1.2", "13.1", "1.0"])
    inr = (
        UnitRule(drop="seconds", column="top", at_least=8),
        UnitRule(unit="INR", below=5),
    )
    seconds = (UnitRule(unit="s", column="top", at_least=8),)
    imported = take(
        cells,
        {
            "inr": {"column": "pt", "unit_rules": inr},
            "prothrombin_s": {"column": "pt", "kind": "number", "unit_rules": seconds},
        },
    )
    assert imported.patients["inr"].fillna(0).tolist() == [1.1, 0, 0]
    assert imported.patients["prothrombin_s"].fillna(0).tolist() == [0, 12.4, 0]


def test_a_column_that_holds_the_unit_is_read_row_by_row():
    cells = make_cells(crea=["1.0", "88", "1", "90"], unit=["mg/dL", "µmol/L", "mg/dl", "bananas"])
    values, report = take_one(cells, "creatinine_umol_per_l", column="crea", unit_column="unit")
    assert values[:3] == [pytest.approx(88.42), 88.0, pytest.approx(88.42)]
    assert pd.isna(values[3])
    assert lines_of(report, "set_to_missing") == [["unit unknown: unit is 'bananas'", 1]]


@pytest.mark.parametrize("word", ["", " ", "NA", "na", "?", "[Unknown]", "[Not Available]", "N/A"])
def test_words_that_mean_missing_are_missing_and_not_refused(word):
    values, report = take_one(
        make_cells(a=["51", word.strip()]), "alt_u_per_l", column="a", unit="U/L"
    )
    assert values[0] == 51.0
    assert lines_of(report, "missing") == [["empty or a word that means missing", 1]]


def test_a_finding_called_none_is_no_missing_word():
    values, _ = take_one(make_cells(a=["none", "mild"]), "ascites", column="a")
    assert values == ["none", "mild"]


def test_a_word_that_the_map_does_not_know_is_counted_with_examples():
    cells = make_cells(sex=["m", "F", "female", "x", "y", "x", "NA"])
    values, report = take_one(cells, "sex", column="sex", words={"m": "male", "f": "female"})
    assert values[:2] == ["male", "female"]
    assert pd.isna(values[2:]).all()
    lost = report[report["outcome"] == "set_to_missing"]
    assert lost["rule"].tolist() == ["word not known"]
    assert lost["n"].tolist() == [4]
    assert lost["examples"].tolist() == ["female, x, y"]


def test_own_words_come_before_the_words_that_mean_missing():
    cells = make_cells(a=["NA", "51", "<5"])
    values, report = take_one(
        cells, "alt_u_per_l", column="a", unit="U/L", words={"NA": 7, "<5": 2.5}
    )
    assert values == [7.0, 51.0, 2.5]
    values, report = take_one(cells, "alt_u_per_l", column="a", unit="U/L", words={"51": None})
    assert pd.isna(values).all()
    assert lines_of(report, "set_to_missing") == [["word stated as missing", 1], ["no number", 1]]


def test_one_source_column_makes_a_stage_and_a_label():
    cells = make_cells(stage=["3,4 - Fibrous Speta", "6 - Established Cirrhosis", "[Unknown]"])
    words = {"3,4 - Fibrous Speta": "3", "6 - Established Cirrhosis": "6"}
    label = {"3,4 - fibrous speta": 0, "6 - established cirrhosis": 1}
    patients = take(
        cells,
        {
            "fibrosis_scheme": {"constant": "ishak"},
            "fibrosis_stage": {"column": "stage", "words": words},
            "cirrhosis": {"column": "stage", "kind": "flag", "words": label},
        },
    ).patients
    assert patients["fibrosis_stage"].tolist()[:2] == ["3", "6"]
    assert patients["cirrhosis"].tolist()[:2] == [0, 1]
    assert patients.loc[2, ["fibrosis_stage", "cirrhosis"]].isna().all()
    assert (patients["fibrosis_scheme"] == "ishak").all()


def test_flags_dates_and_several_values_in_a_cell():
    cells = make_cells(
        treated=["yes", "0", "2"],
        day=["2015-6-15", "15.06.2015", "NA"],
        cause=["Hepatitis B|Other", "Hepatitis C | Unheard of", "Other"],
    )
    patients = take(
        cells,
        {
            "prior_liver_treatment": {"column": "treated", "words": {"yes": 1}},
            "labs_date": {"column": "day"},
            "etiology": {
                "column": "cause",
                "separator": "|",
                "words": {"hepatitis b": "hbv", "hepatitis c": "hcv", "other": "other"},
            },
        },
    ).patients
    assert patients["prior_liver_treatment"].fillna(9).tolist() == [1, 0, 9]
    assert patients["labs_date"].fillna("").tolist() == ["2015-06-15", "", ""]
    assert patients["etiology"].fillna("").tolist() == ["hbv;other", "", "other"]


def test_filters_count_the_rows_they_leave_out_and_rows_keep_their_numbers():
    cells = make_cells(group=["donor", "patient", "suspect", "patient"], a=["1", "2", "3", "4"])
    imported = take(
        cells,
        {"alt_u_per_l": {"column": "a", "unit": "U/L"}},
        rows=(
            RowFilter("group", keep=("Patient", "suspect")),
            RowFilter("group", leave_out=("suspect",)),
        ),
        identifier=Identifier(prefix="p"),
    )
    assert imported.patients["patient_id"].tolist() == ["p2", "p4"]
    rows = imported.report[imported.report["column"] == "(rows)"]
    assert rows[["outcome", "rule", "n"]].to_numpy().tolist() == [
        ["left_out", "is 'donor'", 1],
        ["left_out", "is 'suspect'", 1],
        ["taken", "", 2],
    ]


def test_every_cell_of_a_column_is_counted_once():
    cells = make_cells(
        id=["a", "b", "c", "d"],
        plt=["100", "100000", "x", ""],
        sex=["m", "?", "q", "m"],
        rest=["1", "", "", ""],
    )
    rules = (UnitRule(unit="10^9/L", below=2000), UnitRule(unit="/uL", at_least=2000))
    imported = take(
        cells,
        {
            "platelets_e9_per_l": {"column": "plt", "unit_rules": rules},
            "sex": {"column": "sex", "words": {"m": "male"}},
            "center": {"constant": "1"},
        },
        identifier=Identifier(column="id"),
    )
    report = imported.report
    columns = report[~report["column"].isin(["(rows)", ""])]
    assert (columns.groupby("column")["n"].sum() == 4).all()
    lost = (
        columns[columns["outcome"].isin(["missing", "set_to_missing"])].groupby("column")["n"].sum()
    )
    gaps = imported.patients.isna().sum()
    assert all(gaps[name] == n for name, n in lost.items())
    assert report.loc[report["outcome"] == "not_imported", "source"].tolist() == ["rest"]


def test_a_table_with_three_header_rows_comments_and_a_decimal_comma(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(
        "# exported\nname\tAST \tAST\t\nxml name\tast\tast\t\nCDE\t1\t2\t\n\n"
        "A\t1.234,5\t7\tz\nB\t1.5\t8\t\n",
        encoding="utf-8-sig",
    )
    layout = TableFormat(
        delimiter="\t", quote=None, comment="#", first_row=4, decimal=",", thousands="."
    )
    cells = read_source_table(path, layout)
    assert cells.columns.tolist() == ["name", "AST", "AST (2)", "column 4"]
    assert len(cells) == 2
    columns = {"ast_u_per_l": ColumnSettings(column="AST", unit="U/L")}
    source = SourceSettings(columns=columns, format=layout, identifier=Identifier("name"))
    assert import_table(cells, source).patients["ast_u_per_l"].tolist() == [1234.5, 15.0]


def test_a_point_is_no_decimal_where_the_comma_is():
    columns = {"ast_u_per_l": ColumnSettings(column="a", unit="U/L")}
    source = SourceSettings(columns=columns, format=TableFormat(decimal=","))
    values = import_table(make_cells(a=["31,5", "31.5"]), source).patients["ast_u_per_l"]
    assert values.fillna(0).tolist() == [31.5, 0]


def test_implausible_values_are_set_to_missing_kept_or_refused():
    cells = make_cells(alb=["3.5", "8", "0.3"])
    columns = {"albumin_g_per_l": {"column": "alb", "unit": "g/dL"}}
    imported = take(cells, columns)
    assert imported.patients["albumin_g_per_l"].fillna(0).tolist() == [35.0, 0, 0]
    lost = imported.report[imported.report["outcome"] == "set_to_missing"]
    assert lost["n"].sum() == 2
    assert lost["rule"].str.startswith("implausible, outside 8 to 65: ").all()
    kept = take(cells, columns, implausible="keep").patients["albumin_g_per_l"]
    assert kept.tolist() == [35.0, 80.0, 3.0]
    with pytest.raises(ContractError, match=r"2 lie outside: '80.0', '3.0'"):
        take(cells, columns, implausible="fail")
    # A value that is missing already, for want of a unit, is not refused again.
    rules = (UnitRule(unit="g/L", at_least=20, below=60),)
    columns = {"albumin_g_per_l": {"column": "alb", "unit_rules": rules}}
    assert take(cells, columns, implausible="fail").patients["albumin_g_per_l"].isna().all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sex": {"column": "gender"}}, "'gender'. The table has 'a', 'b'"),
        ({"albumin_g_per_l": {"column": "a"}}, "known units: 'g/l', 'mg/ml', 'g/dl'"),
        ({"albumin_g_per_l": {"column": "a", "unit": "stone"}}, "among 'g/l'.*found 'stone'"),
        ({"inr": {"column": "a", "unit": "s"}}, "cannot become inr.*mean normal time"),
        ({"shoe_size": {"column": "a"}}, "source.columns.shoe_size: expected `kind`"),
        ({"sex": {"column": "a", "unit": "g/L"}}, "expected no unit to convert from"),
        (
            {
                "prothrombin_s": {
                    "column": "a",
                    "kind": "number",
                    "unit_rules": (UnitRule(unit="s", below=50), UnitRule(unit="min", below=60)),
                }
            },
            "expected no unit to convert from",
        ),
    ],
)
def test_refuses_settings_that_leave_something_open(columns, message):
    with pytest.raises(ContractError, match=message):
        take(make_cells(a=["1"], b=["2"]), columns)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": {}}, "at least one column"),
        ({"columns": {"patient_id": ColumnSettings(column="a")}}, "told by `identifier`"),
        ({"columns": {"sex": ColumnSettings(column="a")}, "implausible": "drop"}, "implausible"),
    ],
)
def test_refuses_an_import_of_nothing(settings, message):
    with pytest.raises(ValueError, match=message):
        SourceSettings(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "`column` or `constant`"),
        ({"column": "a", "constant": "b"}, "`column` or `constant`"),
        ({"column": "a", "kind": "word"}, "kind to be one of"),
        ({"column": "a", "unit": 1}, "put it in quotes"),
        ({"column": "a", "unit": "g/L", "unit_column": "b"}, "found several"),
        ({"column": "a", "words": {True: 1}}, "put the words in quotes"),
    ],
)
def test_refuses_a_column_that_contradicts_itself(settings, message):
    with pytest.raises(ValueError, match=message):
        ColumnSettings(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"below": 3}, "`unit` or `drop`"),
        ({"unit": "g/L", "drop": "no", "below": 3}, "`unit` or `drop`"),
        ({"unit": "g/L"}, "`at_least`, `below` or `words`"),
        ({"unit": "g/L", "words": ("x",)}, "name the `column`"),
    ],
)
def test_refuses_a_unit_rule_that_says_nothing(settings, message):
    with pytest.raises(ValueError, match=message):
        UnitRule(**settings)


def test_refuses_rows_without_identifier_and_identifiers_that_stand_twice():
    columns = {"sex": {"column": "a"}}
    with pytest.raises(ContractError, match="1 rows have none: data row '2'"):
        take(make_cells(a=["m", "m"], i=["1", ""]), columns, identifier=Identifier("i"))
    with pytest.raises(ContractError, match="one row per patient"):
        take(make_cells(a=["m", "m"], i=["1", "1"]), columns, identifier=Identifier("i"))
    with pytest.raises(ContractError, match="leave none of 2"):
        take(make_cells(a=["m", "m"]), columns, rows=(RowFilter("a", keep=("f",)),))


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        ("a,b\n1\n", {}, "expected 2 cells in each row.*row 2 has 1"),
        ("a,b\n", {}, "the table has 1 rows"),
        ("a\n\xe9\n", {"encoding": "ascii"}, "correct `source.format.encoding`"),
        ("a\n1\n", {"delimiter": ";;"}, "correct `source.format`"),
    ],
)
def test_refuses_a_table_that_is_written_otherwise(tmp_path, text, layout, message):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=message):
        read_source_table(path, TableFormat(**layout))


def test_refuses_an_absent_file_and_rows_in_the_wrong_order(tmp_path):
    with pytest.raises(ContractError, match="there is none; give"):
        read_source_table(tmp_path / "none.csv", TableFormat())
    with pytest.raises(ValueError, match="header_row < first_row"):
        TableFormat(header_row=2, first_row=2)
