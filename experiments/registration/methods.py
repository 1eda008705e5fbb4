"""The registrars that are compared, by name."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from native_grid import NativeGridRegistrar
from pair import Pair
from phantom_pairs import phantom_pairs

from cirrhosis.contracts.volume import Registrar
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings

# The reported pairs have another seed; these anatomies are held out from them.
TRAINING_SEED = 1606
# Two pairs each and scenario; and so long may the network learn on two cores.
TRAINING_ANATOMIES = 8
TRAINING_MINUTES = 15
SETTINGS = RegistrationSettings()
# What was found wanting, beside the default; `python run.py --ablation`.
OTHER_SETTINGS: Mapping[str, RegistrationSettings] = {
    "dilation_0": replace(SETTINGS, dilation_mm=0.0),
    "dilation_5": replace(SETTINGS, dilation_mm=5.0),
    "dilation_15": replace(SETTINGS, dilation_mm=15.0),
    "spacing_2": replace(SETTINGS, spacing_mm=2.0),
    "bias_left": replace(SETTINGS, even_bias=False),
}
ABLATION = (*OTHER_SETTINGS, "native_grid")


def build_method(name: str, network: Path | None) -> Registrar:
    """Return the registrar of a name.

    Args:
        name: `none`, `simpleitk`, `network`, `network_refined` or one of `ABLATION`.
        network: Folder of the trained registrar, for the two that need one.
    """
    if name in OTHER_SETTINGS:
        return choose_registrar(OTHER_SETTINGS[name])
    if name == "native_grid":
        return NativeGridRegistrar(SETTINGS)
    if name in ("none", "simpleitk"):
        return choose_registrar(replace(SETTINGS, method=name))
    if name not in ("network", "network_refined"):
        raise ValueError(f"expected none, simpleitk, network, network_refined, got {name!r}")
    if network is None:
        raise ValueError(f"expected --network for the method {name}")
    from cirrhosis.models.registrar_estimator import FixedFolders, RegistrarEstimator
    from cirrhosis.models.registrar_settings import RefinementSettings

    refinement = RefinementSettings() if name == "network_refined" else None
    estimator = RegistrarEstimator(FixedFolders((network,), "phantom"), refinement)
    return choose_registrar(replace(SETTINGS, method="network"), estimator)


def train_network(folder: Path, seconds: float = TRAINING_MINUTES * 60) -> Path:
    """Train the registrar on pairs of other anatomies and return its folder.

    The number of steps is what fits: some steps are timed first, then the whole is run.
    """
    if (folder / "model.json").is_file():
        return folder
    from cirrhosis.commands.train_registrar_fit import cut_pair, train_registrar
    from cirrhosis.models.registrar_settings import RegistrarSettings

    settings = RegistrarSettings()
    pairs = []
    for pair in _training_pairs():
        pairs.append(
            cut_pair(pair.fixed, pair.moving, pair.liver, settings=settings, registration=SETTINGS)
        )
        print(f"training pair {len(pairs)}: {pair.name}", flush=True)
    n_timed = settings.learning.steps_per_epoch
    short = replace(settings, learning=replace(settings.learning, n_steps=n_timed))
    began = time.perf_counter()
    train_registrar(pairs, short, folder / "timed", seed=TRAINING_SEED)
    spent = time.perf_counter() - began
    n_epochs = max(1, int((seconds - spent) / spent))
    print(f"{n_timed} steps took {spent:.0f} s; learning {n_epochs * n_timed} steps", flush=True)
    whole = replace(settings, learning=replace(settings.learning, n_steps=n_epochs * n_timed))
    began = time.perf_counter()
    train_registrar(pairs, whole, folder, seed=TRAINING_SEED)
    print(f"learnt in {(time.perf_counter() - began) / 60:.1f} minutes", flush=True)
    return folder


def _training_pairs() -> Iterator[Pair]:
    for scenario in ("whole", "breathing"):
        yield from phantom_pairs(scenario, TRAINING_ANATOMIES, TRAINING_SEED)
