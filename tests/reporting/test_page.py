"""The page: complete, safe, silent on the network, and the same twice."""

import html
import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.reporting.number_text import DASH
from cirrhosis.reporting.page import write_report
from tests.reporting.made_results import change_table, copy_results, drop_provenance
from tests.reporting.page_text import PageText

HEADINGS = [
    "What was run",
    "Patients",
    "Sequence combinations",
    "Performance (Table 2)",
    "ROC curves",
    "Importance of variables",
    "Extra runs",
    "Failures",
    "Tables as CSV",
    "How the numbers were made",
]
GAP = r"\b[Nn][Aa][Nn]\b|<NA>|&lt;NA|\bNone\b"
HOSTILE = "$a_$<script>alert('x')</script>\"><img src=x onerror=alert(1)> {{ 7*7 }}"


@pytest.fixture(scope="module")
def page(whole: Path) -> Path:
    return write_report(whole)


@pytest.fixture(scope="module")
def real(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a cohort that is not synthetic, with and without what is optional."""
    folder = copy_results(whole, tmp_path_factory.mktemp("real") / "small")
    _change_provenance(folder, synthetic=False, protocol="paper")
    (folder / "flow.csv").unlink()
    for path in (folder / "fusion").iterdir():
        path.unlink()
    (folder / "failures.csv").write_text("patient_id,stage,reason\n007,prepare,no liver found\n")
    return write_report(folder)


@pytest.fixture(scope="module")
def parsed(page: Path) -> PageText:
    return PageText(page)


def test_the_page_has_every_section_under_one_title(parsed: PageText) -> None:
    levels = [level for level, _ in parsed.headings]
    assert levels == [1] + [2] * (len(levels) - 1)
    assert [text for level, text in parsed.headings if level == 2] == HEADINGS


def test_links_inside_the_page_lead_somewhere(parsed: PageText) -> None:
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [link["href"] for link in parsed.find("a")]
    assert len(targets) >= len(HEADINGS)
    inside = [target for target in targets if target.startswith("#")]
    assert all(target[1:] in ids for target in inside)
    # The others are the tables beside the page.
    assert all(re.fullmatch(r"\.\./[a-z0-9_/]+\.csv", one) for one in targets if one not in inside)


def test_nothing_is_asked_of_the_network(page: Path, parsed: PageText) -> None:
    assert "://" not in page.read_text()
    text = re.sub(r'src="data:[^"]*"', "", page.read_text())
    assert not re.search(r"https?:|//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(", text, re.IGNORECASE)
    assert not parsed.find("link")
    assert not parsed.find("iframe")
    assert all(image["src"].startswith("data:image/svg+xml,") for image in parsed.find("img"))
    assert not any("src" in script for script in parsed.find("script"))
    policy = next(meta for meta in parsed.find("meta") if "http-equiv" in meta)["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_drawings_ask_nothing_of_the_network_either(parsed: PageText) -> None:
    for image in parsed.find("img"):
        drawing = ElementTree.fromstring(unquote(image["src"].split(",", 1)[1]))
        links = [
            value
            for element in drawing.iter()
            for name, value in element.attrib.items()
            if name.endswith("href")
        ]
        assert all(link.startswith("#") for link in links)
        style = re.findall(r"url\((.)", ElementTree.tostring(drawing, encoding="unicode"))
        assert set(style) <= {"#"}


def test_numbers_of_table_2_stand_on_the_page(whole: Path, parsed: PageText) -> None:
    row = pd.read_csv(whole / "table2.csv").query("model == 'cnn' and split == 'external'").iloc[0]
    assert f"{row.auroc:.2f} ({row.auroc_low:.2f}{DASH}{row.auroc_high:.2f})" in parsed.text
    assert f"{100 * row.sensitivity:.0f} ({100 * row.sensitivity_low:.0f}{DASH}" in parsed.text
    assert f"{row.tp:.0f}/{row.fp:.0f}/{row.fn:.0f}/{row.tn:.0f}" in parsed.text
    assert "Methods: AUROC: DeLong" in parsed.text


def test_what_was_run_is_said(parsed: PageText) -> None:
    for words in (
        "took no part in any decision",
        "Stopping used the next fold.",
        "4f" * 32,
        "rule article",
    ):
        assert words in parsed.text
    for words in ("numpy", "0.1.0 abcdef012345", "name: small", "ResNet-18", "article: among"):
        assert words in parsed.text


def test_the_chosen_combination_is_marked_once(page: Path, parsed: PageText) -> None:
    assert len(re.findall(r"\(chosen\)", parsed.text)) == 1
    assert "t1+t2 (chosen)" in parsed.text
    assert sum("marked" in row.get("class", "") for row in parsed.find("tr")) == 1
    assert "no valid inference" in parsed.text


def test_a_choice_on_the_same_rows_is_said(parsed: PageText) -> None:
    assert "Selected on same rows" in parsed.text
    assert "so their numbers are optimistic" in parsed.text


def test_the_banner_stands_over_synthetic_cohorts(parsed: PageText) -> None:
    assert parsed.text.count("SYNTHETIC") == 1
    assert parsed.text.count("Synthetic cohort: the numbers say nothing") == 7
    assert len(parsed.find("img")) == 7


def test_another_cohort_has_no_banner(page: Path, real: Path) -> None:
    assert "synthetic" not in real.read_text().lower()
    # The word is also drawn into the files, so those differ as well.
    name = "figures/combinations.svg"
    assert (real.parent / name).read_text() != (page.parent / name).read_text()


def test_the_paper_protocol_is_called_optimistic(parsed: PageText, real: Path) -> None:
    words = "out-of-fold numbers are optimistic"
    assert words in PageText(real).text
    assert words not in parsed.text


def test_failures_are_listed(real: Path) -> None:
    assert "007 prepare no liver found" in PageText(real).text


def test_results_without_fusion_and_flow_say_so(real: Path) -> None:
    text = PageText(real).text
    assert "No patient flow was recorded" in text
    assert "No forest was fitted" in text


def test_names_from_data_stay_text(results: Path) -> None:
    _change_provenance(results, variant=HOSTILE, settings=HOSTILE, versions={HOSTILE: HOSTILE})
    table = pd.read_csv(results / "table2.csv")
    change_table(results / "table2.csv", model=table["model"].replace("cnn", HOSTILE))
    change_table(results / "combinations.csv", note=HOSTILE)
    change_table(results / "fusion" / "importances.csv", model=HOSTILE, variable=HOSTILE)
    hostile = PageText(write_report(results))
    assert HOSTILE in html.unescape(hostile.text)
    assert len(hostile.find("script")) == 1
    assert all("onerror" not in attributes for _, attributes in hostile.tags)
    names = sorted(path.name for path in (results / "report" / "figures").iterdir())
    assert len(names) == 12
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)


def test_undefined_numbers_show_their_reason_and_no_nan(results: Path) -> None:
    columns = ("auroc", "auroc_low", "auroc_high", "sensitivity", "within_fold_auroc", "threshold")
    empty = dict.fromkeys(columns, pd.NA)
    reason = "auroc: all 24 patients are positive; threshold: no training rows"
    change_table(results / "table2.csv", **empty, reason=reason)
    change_table(results / "combinations.csv", auroc=pd.NA, auroc_low=pd.NA, auroc_high=pd.NA)
    change_table(results / "fusion" / "importances.csv", permutation=pd.NA)
    text = write_report(results).read_text()
    assert not re.search(GAP, text)
    read = PageText(results / "report" / "index.html").text
    assert "undefined" in read
    assert "All 24 patients are positive." in read
    assert "No training rows." in read


def test_a_whole_page_has_no_nan_and_no_none(page: Path) -> None:
    assert not re.search(GAP, page.read_text())


def test_the_same_tables_give_the_same_bytes(whole: Path, page: Path) -> None:
    def read() -> dict[str, bytes]:
        return {
            str(path.relative_to(page.parent)): path.read_bytes()
            for path in sorted(page.parent.rglob("*"))
            if path.is_file()
        }

    before = read()
    assert len(before) == 15
    write_report(whole)
    assert read() == before


@pytest.mark.parametrize("name", ["table2.csv", "roc.csv", "balance.csv", "provenance.json"])
def test_a_missing_table_is_refused_with_its_command(results: Path, name: str) -> None:
    (results / name).unlink()
    with pytest.raises(ContractError, match=rf"1 are absent: '{name}'.*cirrhosis evaluate"):
        write_report(results)
    assert not (results / "report").exists()


def test_a_missing_column_is_refused(results: Path) -> None:
    path = results / "table2.csv"
    pd.read_csv(path).drop(columns="auroc_low").to_csv(path, index=False)
    with pytest.raises(ContractError, match=r"table2.csv.*1 are absent: 'auroc_low'"):
        write_report(results)


def test_provenance_must_say_whether_the_cohort_is_synthetic(results: Path) -> None:
    drop_provenance(results / "provenance.json", "synthetic")
    with pytest.raises(ContractError, match=r"1 are absent: 'synthetic'"):
        write_report(results)


def test_every_table_and_figure_can_be_heard(parsed: PageText) -> None:
    assert len(parsed.find("caption")) == len(parsed.find("table")) >= 7
    headers = parsed.find("th")
    assert headers
    assert all(header.get("scope") in ("col", "row") for header in headers)
    assert all(len(image["alt"]) > 40 for image in parsed.find("img"))
    assert "lang" in parsed.find("html")[0]


def _change_provenance(results: Path, **changes: object) -> None:
    path = results / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
