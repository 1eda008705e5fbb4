"""The programs that segment livers for us, and where on this machine one is found."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cirrhosis.contracts.errors import ContractError


@dataclass(frozen=True)
class ExternalTool:
    """What differs between the programs.

    Attributes:
        program: Name of its executable.
        package: Name of its distribution.
        words: Its command line for one volume, before the user's own words; `{input}` and
            `{output}` stand for the volume's file and the folder of its masks.
        weights_variable: Environment variable that names the folder of its weights.
        class_index: Value of the liver in its output.
        counter: File in that folder in which it counts its own calls, empty if none.
    """

    program: str
    package: str
    words: tuple[str, ...]
    weights_variable: str
    class_index: int
    counter: str = ""


TOOLS = {
    # Classes of the 40 organs of release 1.2's weights; 5 is the liver.
    "mrsegmentator": ExternalTool(
        program="mrsegmentator",
        package="mrsegmentator",
        words=("-i", "{input}", "--outdir", "{output}"),
        weights_variable="MRSEG_WEIGHTS_PATH",
        class_index=5,
    ),
    # With a subset of organs it writes one file of 0 and 1 per organ.
    "totalsegmentator": ExternalTool(
        program="TotalSegmentator",
        package="totalsegmentator",
        words=("-i", "{input}", "-o", "{output}", "-ta", "total_mr", "-rs", "liver"),
        weights_variable="TOTALSEG_HOME_DIR",
        class_index=1,
        counter="config.json",
    ),
}


def find_tool(source: str) -> ExternalTool:
    """Return the tool that `liver.source` names.

    Raises:
        ContractError: If there is none of that name.
    """
    if source not in TOOLS:
        raise ContractError(
            f"expected an external segmenter ({', '.join(TOOLS)}), but got '{source}'"
        )
    return TOOLS[source]


def find_executable(tool: ExternalTool, executable: str) -> Path:
    """Return the absolute path of the program.

    Raises:
        ContractError: If there is none, or it may not be executed.
    """
    wanted = executable or tool.program
    found = shutil.which(wanted)
    if found is None:
        raise ContractError(
            f"expected the program of {tool.package} at '{wanted}'"
            " (`preparation.liver.external.executable`), but there is no such executable; install"
            f" it in an environment of its own: python -m venv {tool.package}-env &&"
            f" {tool.package}-env/bin/pip install {tool.package} (docs/external_segmenters.md)"
        )
    return Path(found).absolute()
