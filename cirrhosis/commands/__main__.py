"""The console script as a module: `python -m cirrhosis.commands <command>`."""

from cirrhosis.commands.cli import main

main()
