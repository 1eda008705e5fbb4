"""What each word of `on_existing` makes of what it finds."""

from dataclasses import replace

import pytest
import torch

from cirrhosis.commands.existing_run import RunPlan, check_restart, is_done
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunFolder, RunStatus, write_pending, write_status

IDENTITY = {"config": {"lr": 1}}


@pytest.fixture
def plan(tmp_path):
    def make(on_existing):
        return RunPlan(RunFolder(tmp_path), IDENTITY, on_existing, "warn", 60)

    return make


def leave(plan, state, *, point=False):
    folder = plan.folder
    write_status(RunStatus(state, "f", IDENTITY), folder.status)
    folder.predictions.touch()
    if point:
        folder.checkpoints.mkdir()
        torch.save({"weight": torch.ones(100)}, folder.checkpoints / "last.ckpt")


@pytest.mark.parametrize("word", ["skip", "resume"])
def test_a_finished_run_is_kept(plan, word):
    leave(plan(word), "finished")
    assert is_done(plan(word))
    # What it says it is counts only with its result.
    plan(word).folder.predictions.unlink()
    assert not is_done(plan(word))


def test_a_finished_run_is_made_again_or_refused(plan):
    leave(plan("force"), "finished")
    assert not is_done(plan("force"))
    with pytest.raises(ContractError, match="on_existing=fail"):
        is_done(plan("fail"))


def test_a_run_that_is_only_pending_is_of_no_identity(plan):
    write_pending(plan("skip").folder)
    for word in ("skip", "resume", "force", "fail"):
        assert not is_done(plan(word))
        check_restart(plan(word))


def test_another_identity_is_refused_with_the_difference(plan):
    leave(plan("skip"), "failed")
    other = replace(plan("skip"), identity={"config": {"lr": 2}})
    with pytest.raises(ContractError, match=r"config\.lr: 1 there, 2 now"):
        is_done(other)
    assert not is_done(replace(other, on_existing="force"))


def test_a_begun_run_without_a_restart_point_begins_anew_with_a_word(plan, caplog):
    leave(plan("skip"), "running")
    check_restart(plan("skip"))
    assert "has no restart point and begins anew" in caplog.text


def test_resume_never_begins_a_begun_run_anew(plan):
    leave(plan("resume"), "running")
    with pytest.raises(ContractError, match="on_existing=resume never begins a run anew"):
        check_restart(plan("resume"))


def test_resume_goes_on_from_a_restart_point(plan):
    leave(plan("resume"), "running", point=True)
    assert not is_done(plan("resume"))
    check_restart(plan("resume"))


def damage(path, kind):
    content = bytearray(path.read_bytes())
    if kind == "bit":
        # Inside the tensor, which no other check would see.
        content[content.index(torch.ones(100).numpy().tobytes()) + 7] ^= 1
    path.write_bytes(content[: {"empty": 0, "half": len(content) // 2}.get(kind)])


@pytest.mark.parametrize("kind", ["empty", "half", "bit"])
def test_a_damaged_restart_point_is_none(plan, caplog, kind):
    leave(plan("skip"), "running", point=True)
    point = plan("skip").folder.checkpoints / "last.ckpt"
    damage(point, kind)
    with pytest.raises(ContractError, match=r"last\.ckpt' is damaged; use on_existing=skip"):
        check_restart(plan("resume"))
    assert point.exists()
    check_restart(plan("skip"))
    assert not point.exists()
    assert "is damaged and is removed" in caplog.text
    assert "has no restart point and begins anew" in caplog.text


@pytest.mark.parametrize("word", ["Skip", "overwrite", True])
def test_other_words_are_refused(plan, word):
    with pytest.raises(ContractError, match="one of skip, resume, force, fail"):
        plan(word)
