"""Where patients lack sequences, a stated rule chooses whom a run uses, and the run says so."""

from copy import deepcopy
from functools import lru_cache

import pandas as pd
import pytest
import yaml
from omegaconf import OmegaConf

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.fold_plan import plan_fold
from cirrhosis.commands.incomplete_patients import list_combinations
from cirrhosis.commands.prepare import _describe_incomplete
from cirrhosis.commands.run_sources import open_sources
from cirrhosis.commands.sweep import expand_all
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.left_out import read_left_out
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import read_splits
from cirrhosis.runs.identity import fingerprint
from tests.commands.in_process import SETTINGS, place, train_here
from tests.conf.test_configuration import compose_command
from tests.made_store import make_split, make_store

# P000 is of fold 0, P002 and P013 of fold 1, P063 and P064 are test patients.
ABSENT = {
    "P000": ("t1",),
    "P002": ("hbp",),
    "P013": ("dwi", "hbp"),
    "P063": ("dwi",),
    "P064": ("t1",),
}
QUICK = ("logger=none", "augmentation=none", "protocol.fixed_epochs=1", "trainer.max_epochs=1")


def make(root, absent):
    splits = make_split(root / "splits" / "made.csv")
    make_store(root / "prepared" / "made", splits, noise=("dwi", "hbp"), absent=absent)
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make(tmp_path_factory.mktemp("root"), ABSENT)


@lru_cache
def compose_once():
    return compose_command("train", *SETTINGS, "fold=0")


def read_values(root, *words):
    config = deepcopy(compose_once())
    for word in (f"paths.root={root}", *words):
        name, value = word.split("=")
        OmegaConf.update(config, name, yaml.safe_load(value))
    return plain(config)


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        (("sequences=t1",), ABSENT),
        (("sequences=dwi+t1",), ABSENT),
        (("sequences=t1", "data.complete_over=[t1,dwi]"), {"P000", "P013", "P063", "P064"}),
        (("sequences=t1", "data.incomplete=available"), {"P000", "P064"}),
        (("sequences=[t1,hbp]", "data.incomplete=available"), {"P000", "P002", "P013", "P064"}),
    ],
)
def test_the_rule_chooses_whom_a_run_uses(root, words, left_out):
    sources = open_sources(read_values(root, *words))
    assert set(sources.left_out["patient_id"]) == set(left_out)
    whole = read_splits(root / "splits" / "made.csv").table
    kept = whole[~whole["patient_id"].isin(left_out)]
    # Sides and folds are those of the split file.
    pd.testing.assert_frame_equal(sources.splits.table, kept)


@pytest.mark.parametrize(
    ("words", "used"),
    [
        ((), {"complete_case": 11, "P000": False}),
        (("data.incomplete=available",), {"available": 12, "P000": True}),
    ],
)
def test_a_run_predicts_whom_it_uses_and_writes_down_the_others(
    root, tmp_path, monkeypatch, words, used
):
    (tmp_path / "splits").symlink_to(root / "splits")
    (tmp_path / "prepared").symlink_to(root / "prepared")
    train_here(tmp_path, monkeypatch, "sequences=dwi", "fold=0", *QUICK, *words)
    run = place(tmp_path, "dwi")
    predictions = read_predictions(run.predictions)
    (rule, n_held_out), (name, has_row) = used.items()
    assert (predictions["split"] == "training").sum() == n_held_out
    assert (name in set(predictions["patient_id"])) == has_row
    left_out = read_left_out(run.folder)
    assert set(left_out["reason"]) == {rule}
    assert set(left_out["patient_id"]).isdisjoint(predictions["patient_id"])
    lacks = left_out.set_index("patient_id")["lacks"]
    assert lacks["P013"] == ("dwi+hbp" if rule == "complete_case" else "dwi")
    log = run.log.read_text()
    assert f"data.incomplete={rule}" in log
    assert ("3 of training, 2 of external" in log) == (rule == "complete_case")
    assert "2 without dwi" in log


def test_who_could_not_be_prepared_is_written_down_beside_them(root):
    values = read_values(root, "sequences=dwi", "data.incomplete=available")
    folder = root / "prepared" / "made"
    failures = pd.DataFrame({"patient_id": ["P013", "P005"], "stage": "read", "reason": "broken"})
    failures.to_csv(folder / "failures.csv", index=False)
    try:
        left_out = open_sources(values).left_out
    finally:
        (folder / "failures.csv").unlink()
    # Who has been prepared since is no failure; the made store holds everybody.
    assert set(left_out["patient_id"]) == {"P013", "P063"}


def test_rule_and_its_sequences_are_part_of_a_run(root):
    words = [
        ("data.incomplete=available",),
        ("data.complete_over=null",),
        ("data.complete_over=[t1,dwi]",),
        ("data.complete_over=dwi+t1",),
    ]
    made = []
    for each in words:
        values = read_values(root, "sequences=t1", *each)
        made.append(fingerprint(plan_fold(values, open_sources(values), n_ranks=1).plan.identity))
    assert len(set(made)) == 3
    # Both spellings name the same sequences.
    assert made[2] == made[3]


def test_only_patients_who_are_used_can_be_stopped_on(root):
    words = ("data.incomplete=available", "protocol.minimum_stopping=6")
    whole = make_sides(read_values(root, "sequences=t1", *words))
    assert (whole.protocol, len(whole.stopping)) == ("nested", 12)
    fewer = make_sides(read_values(root, "sequences=hbp", *words))
    assert fewer.protocol == "fixed_epochs"
    assert "fold 1 has 5 patients of the rarer class" in fewer.note


def make_sides(values):
    return plan_fold(values, open_sources(values), n_ranks=1).sides


@pytest.mark.parametrize("fold", [2, 4])
def test_a_fold_without_both_classes_is_refused_before_training(tmp_path, fold):
    # The last fold entirely: it must not look as if there were four.
    own = [number for number in range(60) if number // 2 % 5 == fold]
    gone = own if fold == 4 else own[1::2]
    make(tmp_path, {f"P{number:03}": ("dwi",) for number in gone})
    open_sources(read_values(tmp_path, "sequences=t1", "data.incomplete=available"))
    left = "0 positive and 0 negative" if fold == 4 else "0 positive and 6 negative"
    with pytest.raises(ContractError) as caught:
        open_sources(read_values(tmp_path, "sequences=t1"))
    text = str(caught.value)
    assert f"'fold {fold}: {left} left of 12 patients'" in text
    assert f"without {len(gone)} who are no complete cases" in text
    assert "data.incomplete=available" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sequences=t1", "data.incomplete=some"), "one of complete_case, available, but got 's"),
        (("sequences=t1", "data.complete_over=[t9]"), r"change `data\.complete_over`"),
        (("sequences=t1+hbp", "data.complete_over=[t1]"), r"but hbp\+t1 holds 'hbp'"),
        (("sequences=all",), "add -m, or name one"),
    ],
)
def test_what_cannot_be_is_named(root, words, message):
    with pytest.raises(ContractError, match=message):
        open_sources(read_values(root, *words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "dwi,hbp,t1,dwi+hbp,dwi+t1,hbp+t1,dwi+hbp+t1"),
        (("data.complete_over=[t1,hbp]",), "hbp,t1,hbp+t1"),
        (
            ("data.complete_over=[t1,hbp]", "data.incomplete=available"),
            "dwi,hbp,t1,dwi+hbp,dwi+t1,hbp+t1,dwi+hbp+t1",
        ),
    ],
)
def test_all_is_every_combination_that_the_rule_allows(root, monkeypatch, words, expected):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    expanded = expand_all("train", ["-m", "name=made", "sequences=all", "fold=0", *words])
    assert f"sequences={expected}" in expanded


def test_combinations_come_from_the_manifest_alone(root):
    manifest = open_sources(read_values(root, "sequences=t1")).manifest
    assert len(list_combinations(read_values(root, "sequences=t1"), manifest)) == 7


def test_prepare_counts_who_lacks_what(root):
    manifest = open_sources(read_values(root, "sequences=t1")).manifest
    [line] = _describe_incomplete(manifest)
    assert line.startswith("5 of them lack a sequence (2 without dwi, 2 without hbp, 2 without t1)")
