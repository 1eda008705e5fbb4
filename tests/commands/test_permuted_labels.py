"""With labels permuted, nothing is found: ten permutations of a synthetic cohort."""

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands import fuse, phantom, prepare, split, train
from cirrhosis.commands.configuration import CONF
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import read_splits
from cirrhosis.statistics.discrimination import within_fold_auroc

N_PERMUTATIONS = 10
BAND = (0.42, 0.58)
SETTINGS = (
    "experiment=demo",
    "cohort=permuted",
    "store=permuted",
    "phantom.n_patients=120",
    "split=cross_validation",
    "preparation.sequences=[t1,t2]",
    "logger=none",
    "n_workers=2",
    # A network that memorises has long memorised by then; there is nothing else to learn.
    "protocol.fixed_epochs=15",
    "protocol=fixed_epochs",
    "callbacks.restart_every_n_epochs=0",
    "fusion.missing=impute",
    "fusion.sequences=t1+t2",
    "fusion.permutation_repeats=1",
)


def run(command, *words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose(command.__name__.rsplit(".", 1)[1], [*SETTINGS, *words])
    command.run(config)


def simulate_band(truth, fold, n_runs=2000):
    """Share of means over the permutations that leave the band by chance alone."""
    rng = np.random.default_rng(1)
    areas = [
        within_fold_auroc(rng.permutation(truth), rng.random(len(truth)), fold).value
        for _ in range(n_runs)
    ]
    means = rng.choice(areas, (100_000, N_PERMUTATIONS)).mean(axis=1)
    return float(((means < BAND[0]) | (means > BAND[1])).mean())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_permuted_labels_are_not_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    run(phantom, "name=permuted")
    areas = {"cnn": [], "combined": []}
    for permutation in range(N_PERMUTATIONS):
        words = (f"name=p{permutation}", f"label.permute_seed={permutation}")
        run(split, *words)
        run(prepare, *words)
        run(train, *words, "sequences=t1+t2", "fold=all", "variant=v")
        run(fuse, *words)
        rows = read_predictions(tmp_path / f"results/p{permutation}/v/fusion/predictions.csv")
        for model, found in areas.items():
            own = rows[rows["model"] == model]
            found.append(within_fold_auroc(own["y_true"], own["y_score"], own["fold"]).value)
    included = read_splits(tmp_path / "splits" / "p0.csv").included
    n = len(included)
    alarm = simulate_band(included["target"].to_numpy(dtype=int), included["fold"].to_numpy())
    with capsys.disabled():
        print(f"\npermuted labels: n {n}, {N_PERMUTATIONS} permutations, band {BAND},")
        print(f"false-alarm rate of the band {alarm:.5f} per model")
        for model, found in areas.items():
            print(f"{model}: mean {np.mean(found):.3f}, {np.round(found, 2).tolist()}")
    assert n >= 100
    for model, found in areas.items():
        assert BAND[0] <= np.mean(found) <= BAND[1], model
