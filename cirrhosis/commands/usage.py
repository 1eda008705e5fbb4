"""What `cirrhosis <command> --help` prints.

Hydra's own page lists every option of every plugin and takes four times as long.
"""

import textwrap
from itertools import takewhile
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from cirrhosis.commands.configuration import CONF

PAGE = """cirrhosis {command}: {purpose}

usage: cirrhosis {command} [group=option ...] [key=value ...] [-m]

groups and their options (conf/<group>/<option>.yaml):
{groups}

settings and their defaults; change one by its dotted name, such as seed=2 or data.batch_size=8:
{settings}
{more}-m runs every combination of values given as a list (seed=1,2,3); --cfg job prints the
configuration as it would be used; --hydra-help says what Hydra adds.
"""


def describe_command(command: str, purpose: str, overrides: list[str]) -> str:
    """Return the help of a command, with the settings as `overrides` leave them."""
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose(command, overrides)
    settings = "\n".join(f"  {line}" for line in OmegaConf.to_yaml(config).splitlines())
    groups = "\n".join(f"  {name:<15}{options}" for name, options in _list_groups().items())
    more = _describe_sources() if command == "import" else ""
    return PAGE.format(
        command=command, purpose=purpose, groups=groups, settings=settings, more=more
    )


def _describe_sources() -> str:
    """Return the kinds of source with the sentence that each file begins with."""
    lines = ["", "sources (source=..., conf/source/<name>.yaml; docs/importing.md):"]
    for path in sorted(Path(CONF, "source").glob("*.yaml")):
        comment = takewhile(lambda line: line.startswith("#"), path.read_text().splitlines())
        text = " ".join(line.removeprefix("#").strip() for line in comment)
        sentence = text.partition(". ")[0].removesuffix(".") + "."
        lines += textwrap.wrap(
            sentence, 98, initial_indent=f"  {path.stem:<12}", subsequent_indent=" " * 14
        )
    return "\n".join([*lines, "", ""])


def _list_groups() -> dict[str, str]:
    folders = sorted(folder for folder in Path(CONF).iterdir() if folder.is_dir())
    return {
        folder.name: ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        for folder in folders
        if folder.name != "hydra"
    }
