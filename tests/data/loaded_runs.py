"""Data modules of the made store, as the command builds them."""

from copy import deepcopy
from functools import lru_cache

import yaml
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.run_data import build_data
from cirrhosis.contracts.sides import choose_sides
from tests.made_store import SIZE


@lru_cache
def compose_once(augmentation):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(
            "train",
            [
                "name=made",
                "sequences=t1",
                "fold=0",
                "data.batch_size=8",
                f"augmentation={augmentation}",
                "seed=3",
                "progress=false",
                f"preparation.intensities.image_size={SIZE}",
            ],
        )
    return plain(config)


def read_config(*words, augmentation="none"):
    """Compose the groups once; the words change values alone, which takes no time."""
    config = deepcopy(compose_once(augmentation))
    for word in words:
        name, value = word.split("=")
        *parents, leaf = name.split(".")
        place = config
        for parent in parents:
            place = place[parent]
        assert leaf in place
        place[leaf] = yaml.safe_load(value)
    return config


def build(made, *words, fold=0, sides=None, augmentation="none"):
    folder, splits, manifest = made
    targets = dict(
        zip(splits.included["patient_id"], splits.included["target"].astype(int), strict=True)
    )
    return build_data(
        targets,
        sides or choose_sides(splits, fold, protocol="nested", minimum_stopping=1),
        read_config("sequences=t1+t2", *words, augmentation=augmentation),
        folder=folder,
        manifest=manifest,
    )
