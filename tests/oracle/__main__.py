"""`python -m tests.oracle FOLDER`: compare our statistics with R's answers in a folder."""

import argparse
import sys
from pathlib import Path

from tests.oracle.cases import FormError
from tests.oracle.comparing import compare_folder
from tests.oracle.report import describe


def main(words: list[str] | None = None) -> int:
    """Print the comparison; 0 if all agree, 1 if a value is outside, 2 without a comparison."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the form of R's answers")
    folder = parser.parse_args(words).folder
    try:
        verdicts = compare_folder(folder)
    except FormError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    text, n_outside = describe(verdicts)
    print(text)
    return 1 if n_outside else 0


if __name__ == "__main__":
    sys.exit(main())
