"""Segmenters of made abdomens: trained in the process of the test, in a second each."""

from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.train import run
from cirrhosis.contracts.run import RunFolder
from tests.imaging.made_cohort import make_cohort, make_splits

SHRUNK = (
    "segmenter=small",
    "segmenter.network.spacing_mm=8.0",
    "segmenter.network.filters=[4,8,8]",
    "segmenter.network.window=[1,32,32]",
    "segmenter.training.steps=6",
    "segmenter.training.steps_per_epoch=2",
    "segmenter.training.batch_size=4",
)
SETTINGS = (
    "task=segmentation",
    "name=made",
    "variant=v",
    "callbacks.restart_every_n_seconds=0",
    "threads=1",
    "logger=none",
    "progress=false",
    "sequences=pvp",
)


def make_root(folder):
    """Return `folder` as a root with a cohort of four patients in two folds."""
    make_cohort(folder / "cohorts" / "made", sequences=("pvp", "t1"))
    make_splits(folder / "splits" / "made.csv")
    return folder


def share(root, folder):
    """Return a root of its own that shares cohort and split."""
    folder.mkdir()
    for name in ("cohorts", "splits"):
        (folder / name).symlink_to(root / name)
    return folder


def compose_here(root, monkeypatch, *words, fold="all", shrink=True):
    """Return the configuration of a training below `root`, by default of a tiny network."""
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("train", [*SETTINGS, *(SHRUNK if shrink else ()), f"fold={fold}", *words])


def train_here(root, monkeypatch, *words, fold="all"):
    """Train below `root` and return the plain configuration."""
    config = compose_here(root, monkeypatch, *words, fold=fold)
    run(config)
    return plain(config)


def place(root, fold):
    """Return the folder of a fold's run."""
    return RunFolder(root / "runs/made/segmentation/v/pvp/seed-1" / f"fold-{fold}")
