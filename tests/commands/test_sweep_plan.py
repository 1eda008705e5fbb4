"""The jobs of a sweep are known before it starts, and no two of them share a folder."""

import pytest
from hydra import initialize_config_dir

from cirrhosis.commands import sweep_plan
from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.run_place import name_overrides
from cirrhosis.commands.sweep_plan import JobComposer, list_jobs, plan_jobs, write_down_pending
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_status


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        yield lambda *words: plan_jobs(JobComposer("train", words))


def places(jobs):
    return ["/".join(job.folder.parts[-5:]) if job.folder else None for job in jobs]


def test_folders_are_those_of_the_runs(plan, tmp_path):
    jobs = plan("name=n", "sequences=t2+t1,[dwi]", "fold=0,3-1", "seed=5")
    assert [job.number for job in jobs] == [0, 1, 2, 3]
    assert jobs[1].overrides == ("name=n", "sequences=t2+t1", "fold=3-1", "seed=5")
    assert jobs[0].folder.is_relative_to(tmp_path / "runs" / "n")
    assert places(jobs) == [
        "classification/default/t1+t2/seed-5/fold-0",
        "classification/default/t1+t2/seed-5/fold-1-3",
        "classification/default/dwi/seed-5/fold-0",
        "classification/default/dwi/seed-5/fold-1-3",
    ]


@pytest.mark.parametrize(
    "word",
    [
        "optimizer.lr=0.1,0.01",
        "model=small,resnet18",
        "seed=1,2",
        "experiment=demo,paper",
        "name=a,b",
        "data.batch_size=4,8",
        "protocol=paper,nested",
        "+optimizer.amsgrad=true,false",
        "split.n_folds=3,5",
        "++optimizer.betas=[0.9,0.99],[0.9,0.999]",
        "variant=x,y",
    ],
)
def test_whatever_is_swept_has_folders_of_its_own(plan, word):
    jobs = plan("sequences=t1", "fold=0,1", word)
    assert None not in places(jobs)
    assert len({job.folder for job in jobs}) == 4


def test_a_variant_that_holds_two_configurations_is_refused(plan):
    words = ("sequences=t1", "fold=0", "optimizer.lr=0.1,0.01")
    rate = r"optimizer\.lr: 0\.1 in job 0, 0\.01 in job 1'.* 'variant=x-\$\{optimizer\.lr\}'"
    with pytest.raises(ContractError, match=rate):
        plan(*words, "variant=x")
    with pytest.raises(ContractError, match=r"settings differ: .*model.*Leave `variant` out"):
        plan("sequences=t1", "fold=0", "model=small,resnet18", "variant=x")
    with pytest.raises(ContractError, match=r"data_hash: .*/a in job 0, .*/b in job 1.*\{store\}"):
        plan("sequences=t1", "fold=0", "store=a,b")
    # The remedies that the error names.
    assert places(plan(*words, "variant=x-${optimizer.lr}")) == [
        f"classification/x-{rate}/t1/seed-1/fold-0" for rate in ("0.1", "0.01")
    ]
    assert len({*places(plan(*words))}) == 2


def test_the_same_run_twice_or_done_elsewise_is_no_collision(plan):
    assert len({*places(plan("sequences=t1+t2,t2+t1", "fold=0", "variant=x"))}) == 1
    jobs = plan("sequences=t1", "fold=0", "callbacks.keep_weights=true,false")
    assert {*places(jobs)} == {"classification/default/t1/seed-1/fold-0"}


def test_a_job_that_does_not_compose_has_no_folder_and_stops_no_other(plan):
    jobs = plan("sequences=t1,t1+t1", "fold=0", "model=small,absent")
    assert [place is None for place in places(jobs)] == [False, True, True, True]
    jobs = plan("sequences=t1", "fold=0,all", "optimizer.typo=1,2")
    assert places(jobs) == [None] * 4


def test_many_jobs_are_composed_once_per_choice_of_groups(plan, monkeypatch):
    calls = []
    compose = sweep_plan.compose
    monkeypatch.setattr(
        sweep_plan, "compose", lambda *words: calls.append(words) or compose(*words)
    )
    jobs = plan(
        "sequences=t1,t2",
        "fold=0,1,2,3,4",
        "seed=range(2)",
        "model=small,resnet18",
        "optimizer.lr=1,2,3,4,5",
    )
    assert len({job.folder for job in jobs}) == 200
    assert len(calls) == 2


def test_what_is_pending_is_written_down_beside_what_is_there(plan):
    jobs = plan("name=n", "sequences=t1", "fold=0,1")
    done = RunStatus("finished", "f", {"config": {}})
    write_status(done, RunFolder(jobs[0].folder).status)
    write_down_pending(jobs)
    states = [read_status(RunFolder(job.folder).status).state for job in jobs]
    assert states == ["finished", "pending"]


def test_jobs_of_other_commands_are_counted():
    jobs = list_jobs(["a=1,2,3", "b=4,5", "c=6"])
    assert len(jobs) == 6
    assert jobs[1].overrides == ("a=1", "b=5", "c=6")
    assert len(list_jobs(["a=range(0,4)"])) == 4
    assert len(list_jobs([])) == 1


def test_one_spelling_of_an_override_makes_the_variant():
    assert name_overrides(["optimizer.betas=[0.9, 0.99]"]) == name_overrides(
        ["optimizer.betas=[0.9,0.99]"]
    )
    assert name_overrides(["trainer.accelerator=cpu", "fusion.nested=true"]) == "default"
