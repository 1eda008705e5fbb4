"""Settings of training reach Lightning and torch, and exclude what cannot be together."""

import logging

import pandas as pd
import pytest
import torch
import yaml
from hydra import compose, initialize_config_dir
from pytorch_lightning.callbacks import EarlyStopping

from cirrhosis.commands import fitting
from cirrhosis.commands.arithmetic import read_arithmetic
from cirrhosis.commands.class_weight import weigh_positives
from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.run_averaging import build_averaging
from cirrhosis.commands.run_trainer import build_trainer
from cirrhosis.commands.run_weights import read_weights
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import write_splits
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models import weight_averaging
from cirrhosis.statistics.discrimination import auroc
from tests.commands import stopping_network
from tests.commands.in_process import SETTINGS, make_root, place, share, train_here
from tests.made_store import make_split, make_store

BASE = (
    "sequences=t1",
    "fold=1",
    "model._target_=tests.commands.stopping_network.build",
    "data.batch_size=12",
    "protocol.minimum_stopping=1",
    "protocol.fixed_epochs=5",
    "trainer.max_epochs=5",
    "trainer.accelerator=cpu",
    "optimizer.lr=0.01",
    "logger=none",
    "progress=false",
)
DRAWN = ("augmentation.rotation_probability=1", "augmentation.noise_probability=1")
FIXED = "protocol=fixed_epochs"
EMA = ("callbacks=ema", "callbacks.averaging.decay=0.8")
SWA = ("callbacks=swa", "callbacks.averaging.start_epoch=1", "scheduler=constant")
AVERAGES = pytest.mark.parametrize("words", [EMA, SWA], ids=["ema", "swa"])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("store"))


@pytest.fixture
def train(store, tmp_path, monkeypatch):
    """Train below a root of that name, and return the run's folder."""

    def train_below(name, *words):
        root = tmp_path / name
        if not root.exists():
            share(store, root)
        train_here(root, monkeypatch, *BASE, *words)
        return place(root, fold=1)

    return train_below


@pytest.fixture
def built(monkeypatch):
    """Gather the trainers of the test's runs."""
    trainers = []

    def build(*arguments):
        trainers.append(build_trainer(*arguments))
        return trainers[-1]

    monkeypatch.setattr(fitting, "build_trainer", build)
    return trainers


def read_state(run):
    (path,) = run.checkpoints.glob("*.ckpt")
    return read_weights(path).state_dict


def compose_values(*words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return plain(compose("train", [*SETTINGS, *BASE, *words]))


DEFAULTS = compose_values()


def assert_same_bits(one, two):
    assert one.metrics.read_bytes() == two.metrics.read_bytes()
    assert one.predictions.read_bytes() == two.predictions.read_bytes()
    first, second = read_state(one), read_state(two)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_two_deterministic_runs_have_the_same_bits(train, built):
    scores = []
    for precision in ("32-true", "bf16-mixed"):
        words = (*DRAWN, "trainer.deterministic=true", f"trainer.precision={precision}")
        one = train(f"one-{precision}", *words)
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
        assert built[-1].precision == precision
        # What other runs leave in torch's generator changes nothing.
        torch.rand(7)
        assert_same_bits(one, train(f"two-{precision}", *words))
        scores.append(read_predictions(one.predictions)["y_score"])
    assert 0 < (scores[0] - scores[1]).abs().max() < 0.1


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("precision=half", r"trainer\.precision as one of 32-true, bf16-mixed"),
        ("precision=16-mixed", "expected a GPU for trainer.precision=16-mixed"),
        ("matmul_precision=low", r"trainer\.matmul_precision as one of"),
        ("channels_last=1", r"channels_last as one of auto, true, false, but got '1'"),
        ("compile=maybe", r"trainer\.compile as one of"),
        ("deterministic=never", r"trainer\.deterministic as one of warn, true, false"),
        ("benchmark=true", r"trainer\.benchmark=false or auto for trainer\.deterministic=warn"),
        ("accumulate_grad_batches=0", r"whole number of at least 1, but got '0'"),
        ("gradient_clip_val=-1", r"number above 0 or null, but got '-1'"),
    ],
)
def test_what_cannot_be_is_refused(word, message, tmp_path):
    name, _, value = word.partition("=")
    values = dict(DEFAULTS, trainer=DEFAULTS["trainer"] | {name: yaml.safe_load(value)})
    with pytest.raises(ContractError, match=message):
        build_trainer(values, True, [], None, tmp_path)


@pytest.mark.parametrize("value", ["often", "0", "-1", "true", ".inf"])
def test_a_weight_is_a_positive_number_or_auto(value):
    values = dict(DEFAULTS, trainer={"pos_weight": yaml.safe_load(value)})
    with pytest.raises(ContractError, match="as a number above 0 or auto"):
        weigh_positives(values, None)


def test_a_fused_optimizer_does_not_clip_scaled_gradients(tmp_path):
    words = ("trainer.precision=16-mixed", "trainer.gradient_clip_val=1")
    values = compose_values(*words, "trainer.accelerator=gpu")
    with pytest.raises(ContractError, match=r"expected optimizer\.fused=false"):
        build_trainer(values, True, [], None, tmp_path)


def test_auto_follows_the_device_and_determinism():
    options = DEFAULTS["trainer"]
    gpu = options | {"accelerator": "gpu"}
    assert [read_arithmetic(o).channels_last for o in (options, gpu)] == [False, True]
    free = options | {"deterministic": False}
    assert [read_arithmetic(o).benchmark for o in (options, free)] == [False, True]


@pytest.mark.slow
def test_a_compiled_run_leaves_weights_for_one_that_is_not(train):
    # Compiled kernels round differently, which Adam would enlarge where a gradient is
    # nearly zero, and draw the units to drop in their own way.
    network = "model._target_=cirrhosis.models.networks.small.build_small_network"
    same = (network, "model.dropout=0", "optimizer=sgd", "optimizer.lr=0.01")
    words = (FIXED, *same, "trainer.max_epochs=2", "protocol.fixed_epochs=2")
    compiled, plain_run = train("one", *words, "trainer.compile=true"), train("two", *words)
    first, second = read_state(compiled), read_state(plain_run)
    assert first.keys() == second.keys()
    for name, value in second.items():
        torch.testing.assert_close(first[name], value, rtol=1e-2, atol=1e-3)


def test_gradients_are_clipped_and_accumulated(train, built, monkeypatch):
    seeds = []
    draw = SliceDataModule._augmentation_seed
    monkeypatch.setattr(
        SliceDataModule, "_augmentation_seed", lambda self: seeds.append(draw(self)) or seeds[-1]
    )
    words = ("trainer.gradient_clip_val=0.001", "trainer.accumulate_grad_batches=2", FIXED)
    train("one", *words, *DRAWN)
    assert built[0].gradient_clip_val == 0.001
    # 48 patients in four batches an epoch, two batches a step, five epochs.
    assert built[0].global_step == 10
    # Batches of the same step are not augmented alike.
    assert len(set(seeds)) == len(seeds) == 20


def test_pos_weight_auto_counts_the_training_side_alone(tmp_path, monkeypatch, caplog):
    table = make_split(tmp_path / "drawn.csv").included
    training = table["split"] == "training"
    # Folds 1 (held out) and 2 (stops) are mostly positive, and so are the tests.
    positives = ~training | table["fold"].isin([1, 2])
    table = table.assign(target=(positives | (table.index % 3 == 0)).astype(int))
    table.loc[table["fold"].isin([1, 2]) & (table.index % 4 == 0), "target"] = 0
    splits = write_splits(table, tmp_path / "root/splits/made.csv")
    make_store(tmp_path / "root/prepared/made", splits)
    side = table[training & ~table["fold"].isin([1, 2])]
    n_positive = int(side["target"].sum())
    expected = (len(side) - n_positive) / n_positive
    with caplog.at_level(logging.INFO, "cirrhosis"):
        train_here(tmp_path / "root", monkeypatch, *BASE, "trainer.pos_weight=auto")
    weight = read_state(place(tmp_path / "root", fold=1))["loss.pos_weight"]
    assert weight.item() == pytest.approx(expected)
    assert weight.item() > 1.5
    assert f"trainer.pos_weight=auto: {expected:.4g}" in caplog.text


def test_classes_are_evened_once(train):
    with pytest.raises(ContractError, match="the rarer class would count twice"):
        train("one", "trainer.pos_weight=auto", "data.sampling=balanced")


@pytest.mark.parametrize("protocol", ["nested", "paper", "fixed_epochs"])
def test_a_protocol_predicts_with_the_weights_it_says(train, built, protocol):
    run = train("one", f"protocol={protocol}")
    (path,) = run.checkpoints.glob("*.ckpt")
    weights, metrics = read_weights(path), pd.read_csv(run.metrics)
    rows = read_predictions(run.predictions)
    held_out = rows[rows["split"] == "training"]
    (entry,) = built[0].lr_scheduler_configs
    stoppers = [c for c in built[0].callbacks if isinstance(c, EarlyStopping)]
    assert entry.monitor == ("train/loss" if protocol == "fixed_epochs" else "val/loss")
    assert len(stoppers) == (protocol != "fixed_epochs")
    if protocol == "fixed_epochs":
        assert (path.name, weights.epoch, weights.n_epochs) == ("final.ckpt", 4, 5)
        assert weights.best is None
        assert "val/auroc" not in metrics
        return
    assert path.name == "best.ckpt"
    assert weights.epoch == metrics["val/auroc"].idxmax()
    assert weights.best == pytest.approx(metrics["val/auroc"].max())
    own = auroc(held_out["y_true"], held_out["y_score"]).value
    # Only the article's protocol chooses its epoch on the patients that it reports.
    if protocol == "paper":
        assert own == pytest.approx(weights.best)


def test_the_rate_rises_and_falls_over_the_run(train):
    words = ("optimizer=sgd", "scheduler=cosine", "scheduler.warmup_epochs=2", FIXED)
    rates = pd.read_csv(train("one", *words).metrics)["learning_rate"]
    # Thirds of a rise, then half a cosine over the epochs that are left.
    assert rates.tolist() == pytest.approx([0.01 / 3, 0.02 / 3, 0.01, 0.005, 0])


@pytest.fixture
def added(monkeypatch):
    """Gather the weights that are added to the average, in order."""
    states = []
    move = weight_averaging._move

    def record(average, current, weight):
        states.append({key: value.clone() for key, value in current.state_dict().items()})
        move(average, current, weight)

    monkeypatch.setattr(weight_averaging, "_move", record)
    return states


def average_by_hand(values, kind):
    if kind is SWA:
        return torch.stack(values[1:] or values).mean(0)
    expected = values[0]
    for value in values[1:]:
        expected = 0.8 * expected + 0.2 * value
    return expected


@AVERAGES
@pytest.mark.parametrize("protocol", ["paper", "fixed_epochs"])
def test_the_average_is_validated_saved_and_predicted_with(train, added, words, protocol):
    run = train("one", *words, f"protocol={protocol}")
    (path,) = run.checkpoints.glob("*.ckpt")
    weights = read_weights(path)
    n_added = len(added) // weights.n_epochs * (weights.epoch + 1)
    for key in ("network.last.4.weight", "network.first.1.running_var"):
        expected = average_by_hand([state[key] for state in added[:n_added]], words)
        torch.testing.assert_close(weights.state_dict[key], expected)
    if protocol == "paper":
        # The patients stopped on are those predicted: the best epoch's AUROC comes again.
        rows = read_predictions(run.predictions)
        rows = rows[rows["split"] == "training"]
        own = auroc(rows["y_true"], rows["y_score"]).value
        assert own == pytest.approx(weights.best)


@pytest.mark.parametrize(("words", "protocol"), [(EMA, "fixed_epochs"), (SWA, "nested")])
def test_an_interrupted_run_averages_on(train, monkeypatch, words, protocol):
    words = (
        *words,
        *DRAWN,
        f"protocol={protocol}",
        "callbacks.restart_every_n_seconds=0",
        "callbacks.restart_every_n_epochs=2",
    )
    whole = train("whole", *words)
    monkeypatch.setattr(stopping_network, "PLAN", {"step": 13, "deed": "error"})
    with pytest.raises(RuntimeError, match="planted"):
        train("parts", *words)
    monkeypatch.setattr(stopping_network, "PLAN", {"step": 0, "deed": ""})
    assert_same_bits(whole, train("parts", *words))


def test_an_average_that_never_began_is_named(train, caplog):
    with caplog.at_level(logging.WARNING, "cirrhosis"):
        train("one", "callbacks=swa", FIXED)
    assert "training ended after 5 epochs" in caplog.text


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "{_target_:pytorch_lightning.callbacks.StochasticWeightAveraging,swa_lrs:0.1}",
            "validates other weights",
        ),
        ("{_target_:pytorch_lightning.callbacks.RichProgressBar}", "got RichProgressBar"),
        (
            "{_target_:cirrhosis.models.weight_averaging.EpochAverage,start_epoch:-1}",
            "start_epoch of at least 0",
        ),
    ],
)
def test_other_averages_are_refused(target, message):
    values = compose_values(f"callbacks.averaging={target}")
    with pytest.raises(Exception, match=message):
        build_averaging(values["callbacks"])
