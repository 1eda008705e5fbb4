"""Say what is installed, what is used, and whether every experiment composes.

With `augmentation=...` on the command line also draw what that augmentation does.
"""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from packaging.requirements import Requirement

from cirrhosis.commands.cli import COMMANDS
from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.provenance import code_version

OBLIGATORY = {"train": ["sequences=t1+t2", "fold=0"]}


def run(config: DictConfig) -> None:
    """Print one line per finding; exit code 1 if something that is needed is broken."""
    values = plain(config)
    given = {word.lstrip("+").split("=")[0] for word in HydraConfig.get().overrides.task}
    problems = [*_show_packages(), *_show_experiments()]
    _show_machine()
    root = Path(values["paths"]["root"]).absolute()
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(place).free / 2**30
    print(f"outputs    {root} ({free:.0f} GiB free)")
    if not os.access(place, os.W_OK):
        problems.append(f"{place} cannot be written")
    elif _is_picture_wanted(values["picture"], given):
        # Imported only now: it loads what draws and what augments.
        from cirrhosis.commands.augmentation_picture import write_picture

        print(f"picture    {write_picture(values, needs_store='store' in given)}")
    for problem in problems:
        print(f"PROBLEM    {problem}")
    print("all well" if not problems else f"{len(problems)} problems")
    sys.exit(bool(problems))


def _is_picture_wanted(picture: str | bool, given: set[str]) -> bool:
    if picture == "auto":
        return any(name.split(".")[0] == "augmentation" for name in given)
    return bool(picture)


def _show_packages() -> list[str]:
    print(f"cirrhosis  {code_version()}, Python {platform.python_version()}, conf {CONF}")
    problems, found = [], []
    for text in requires("cirrhosis") or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            problems.append(f"{requirement.name} is not installed ({requirement.specifier})")
            continue
        found.append(f"{requirement.name} {installed}")
        if not requirement.specifier.contains(installed, prereleases=True):
            problems.append(f"{requirement.name} {installed} is not {requirement.specifier}")
    print(f"packages   {', '.join(found)}")
    return problems


def _show_experiments() -> list[str]:
    names = sorted(path.stem for path in Path(CONF, "experiment").glob("*.yaml"))
    problems, well = [], []
    # Composing needs Hydra for itself; the command's own configuration is read already.
    GlobalHydra.instance().clear()
    for name in names:
        broken = []
        for command in COMMANDS:
            try:
                with initialize_config_dir(version_base="1.3", config_dir=CONF):
                    overrides = [f"experiment={name}", *OBLIGATORY.get(command, [])]
                    plain(compose(command, overrides))
            except Exception as error:
                broken.append(f"experiment={name} does not compose for {command}: {error}")
        problems += broken
        well += [] if broken else [name]
    print(f"composed   {', '.join(well)} for {len(COMMANDS)} commands")
    return problems


def _show_machine() -> None:
    import torch

    devices = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("Apple GPU")
    print(f"device     {', '.join(devices) or 'CPU only'}")
    print(f"threads    {torch.get_num_threads()} of torch, {os.cpu_count()} processors")
