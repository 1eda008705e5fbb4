"""The console script: `cirrhosis <command> [overrides]`."""

import importlib
import sys
from importlib.metadata import version

COMMANDS = {
    "phantom": "make a synthetic cohort (digital, or planted in real volumes)",
    "import": "turn a clinical table or a folder of images into a cohort folder",
    "split": "exclude by rule, label, draw splits and folds",
    "prepare": "read, register, mask the liver, choose five slices, store",
    "train": "train one run, or a sweep with -m",
    "status": "say which runs are finished, running, stale, failed or pending",
    "fuse": "forest on the network's probability, age and labs",
    "evaluate": "estimate every reported number",
    "report": "draw figures and write one HTML page",
    "doctor": "say what is installed and whether every experiment composes; draw an augmentation",
}
HELP = """cirrhosis {version}: diagnosis of cirrhosis from liver MRI and blood tests

usage: cirrhosis <command> [key=value ...] [-m]

commands, in the order of the data:
{commands}

cirrhosis <command> --help      the command's settings and their defaults
cirrhosis <command> --cfg job   the configuration as it would be used
experiment=demo | paper         settings that belong together (conf/experiment)

example: cirrhosis train -m experiment=demo sequences=t1,t2,t1+t2 fold=all
"""


def main() -> None:
    """Run the command named first on the command line."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        listed = "\n".join(f"  {name:<10}{text}" for name, text in COMMANDS.items())
        print(HELP.format(version=version("cirrhosis"), commands=listed))
        return
    if arguments[0] in ("-V", "--version"):
        print(version("cirrhosis"))
        return
    if arguments[0] not in COMMANDS:
        sys.exit(
            f"cirrhosis: expected one of the commands {', '.join(COMMANDS)}, but got"
            f" '{arguments[0]}'; see cirrhosis --help"
        )
    command, words = arguments[0], arguments[1:]
    # Imported only now: the list of commands is printed without Hydra.
    if {"-h", "--help"} & set(words):
        usage = importlib.import_module("cirrhosis.commands.usage")
        overrides = [word for word in words if "=" in word and not word.startswith("-")]
        print(usage.describe_command(command, COMMANDS[command], overrides))
        return
    job = importlib.import_module("cirrhosis.commands.job")
    sweep = importlib.import_module("cirrhosis.commands.sweep")
    sys.argv = [f"cirrhosis {command}", *sweep.expand_all(command, words)]
    job.launch(command)
