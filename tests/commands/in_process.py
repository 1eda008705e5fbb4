"""The training command in the process of the test: composed like a command, then run."""

from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.train import run
from cirrhosis.contracts.run import RunFolder
from tests.made_store import SIZE, make_split, make_store

SETTINGS = (
    "name=made",
    "model=small",
    f"preparation.intensities.image_size={SIZE}",
    "protocol.fixed_epochs=6",
    "trainer.max_epochs=6",
    "threads=1",
    "variant=v",
    "augmentation=article",
)


def make_root(folder):
    """Return `folder` as a root that holds the made split and store."""
    make_store(folder / "prepared" / "made", make_split(folder / "splits" / "made.csv"))
    return folder


def train_here(root, monkeypatch, *words):
    """Train below `root`; every run gives its `variant`, because no command line does."""
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("train", [*SETTINGS, *words])
    return run(config)


def place(root, sequences="t1", fold=0, variant="v"):
    """Return the folder of a run below `root`."""
    return RunFolder(
        root / "runs/made/classification" / variant / sequences / "seed-1" / f"fold-{fold}"
    )


def share(root, folder):
    """Return a root of its own that shares the store and the split of `root`."""
    folder.mkdir()
    for name in ("splits", "prepared"):
        (folder / name).symlink_to(root / name)
    return folder
