"""The rules on 481 labelled real series: floors a little under what was measured."""

import importlib.util
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cirrhosis.contracts.series import SEQUENCES
from cirrhosis.imaging.sequence_identification import identify_sequences

FOLDER = Path(__file__).parents[2] / "experiments" / "series"


def load(name):
    spec = importlib.util.spec_from_file_location(f"series_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


labelled = load("labelled")
HALVES = {half: labelled.read_studies(half) for half in ("development", "frozen")}
STUDIES = [study for studies in HALVES.values() for study in studies]


def test_no_patient_is_in_both_halves_and_every_series_is_labelled():
    patients = [{study.patient_id for study in studies} for studies in HALVES.values()]
    assert [len(names) for names in patients] == [10, 10]
    assert not set.intersection(*patients)
    uids = {series.series_uid for study in STUDIES for series in study.labels}
    assert len(uids) == 481
    words = {label for study in STUDIES for label in study.labels.values()}
    assert words == {*SEQUENCES, "other", "undecidable"}


@pytest.mark.parametrize("half", HALVES)
def test_no_wrong_series_is_chosen_and_few_are_asked_for(half):
    verdicts = [labelled.judge_study(study) for study in HALVES[half]]
    counts = Counter(verdict for one in verdicts for verdict in one.values())
    assert counts["wrong"] <= 1
    decided = counts["right"] + counts["wrong"] + counts["asked"]
    assert counts["right"] >= 0.9 * decided


@pytest.mark.parametrize("half", HALVES)
def test_volumes_are_called_what_they_are(half):
    confusion = labelled.count_confusion(HALVES[half]).drop(index="undecidable")
    for sequence in SEQUENCES:
        right = confusion.loc[sequence, sequence]
        assert right >= 0.8 * confusion.loc[sequence].sum()
        assert right >= 0.95 * confusion[sequence].sum()


@pytest.mark.parametrize(
    "change",
    [
        lambda study: study[::-1],
        lambda study: tuple(replace(one, description=one.description.upper()) for one in study),
        lambda study: (*study, replace(study[0], key="new", description="3 plane localizer")),
    ],
    ids=["reversed", "capitals", "localiser"],
)
def test_what_does_not_matter_changes_no_choice(change):
    for study in STUDIES:
        series = tuple(study.labels)
        before, after = (identify_sequences(one) for one in (series, change(series)))
        keys = [
            [(one.sequence, one.series.key) for one in found.choices] for found in (before, after)
        ]
        assert keys[0] == keys[1]


def test_the_script_writes_counts_with_intervals(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    sys.modules.pop("labelled", None)
    monkeypatch.setattr(sys, "argv", ["run.py", "--half", "development", "--folder", str(tmp_path)])
    load("run").main()
    lines = (tmp_path / "scores_development.csv").read_text().splitlines()
    assert lines[0] == "unit,sequence,score,n,of,value,low,high"
    assert sum(line.startswith("choice,") for line in lines) == 6
    assert (tmp_path / "confusion_development.csv").is_file()
    sys.modules.pop("labelled", None)
