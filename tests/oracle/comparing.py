"""The walk over what R wrote: each value meets ours, or is left out with a reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.oracle.answers import Kind, LeftOut, Ours, capture, find_pattern
from tests.oracle.answers import Path as Keys
from tests.oracle.cases import Case, FormError, read_cases
from tests.oracle.judging import Outcome, Verdict, judge, leave_out
from tests.oracle.kinds import KINDS
from tests.oracle.leaves import Leaf, list_leaves

UNKNOWN = LeftOut("unknown key")
STOPPED = LeftOut("R's program stopped here")


def compare_folder(folder: Path) -> list[Verdict]:
    """Compare every value in a folder of the form of R's answers.

    Raises:
        FormError: If the folder has not that form.
    """
    return [verdict for case in read_cases(folder) for verdict in compare_case(case)]


def compare_case(case: Case) -> list[Verdict]:
    """Compare every value of one data set."""
    kind = KINDS[case.kind]
    answers = Answers(kind, case)
    return [
        _compare(leaf, kind, answers) for leaf in list_leaves(case, kind.list_notes(case.expected))
    ]


class Answers:
    """Our numbers for one data set, computed block by block when first asked for."""

    def __init__(self, kind: Kind, case: Case) -> None:
        self.kind, self.case = kind, case
        self.known: dict[tuple[str, Keys], Any] = {}

    def find(self, path: Keys) -> Any:
        """Return our value at a path of R's, None where no block has one."""
        for pattern in self.kind.blocks:
            captured = capture(pattern, path)
            if captured is None:
                continue
            block = self._compute(pattern, captured)
            depth = len(pattern.split("/")) if pattern else 0
            found = block if isinstance(block, Ours | Crash) else _descend(block, path[depth:])
            if found is not MISSING:
                return found
        return MISSING

    def _compute(self, pattern: str, captured: Keys) -> Any:
        key = (pattern, captured)
        if key not in self.known:
            try:
                self.known[key] = self.kind.blocks[pattern](self.case, *captured)
            except FormError:
                raise
            # A refusal says why, like None with a reason; it is outside where R has a number.
            except ValueError as error:
                self.known[key] = Ours(None, f"refused: {error}")
            # The product must not crash on any data set; if it does, its values are outside.
            except Exception as error:
                self.known[key] = Crash(f"{type(error).__name__}: {error}")
        return self.known[key]


class Crash(str):
    """What the product raised instead of an answer."""


MISSING = object()


def _compare(leaf: Leaf, kind: Kind, answers: Answers) -> Verdict:
    pattern = find_pattern(kind.left_out, leaf.path)
    if pattern:
        return leave_out(leaf, LeftOut(kind.left_out[pattern]), pattern)
    pattern = find_pattern(kind.left_out_if_empty, leaf.path) if leaf.value is None else None
    if pattern:
        return leave_out(leaf, LeftOut(kind.left_out_if_empty[pattern]), pattern)
    if leaf.path[-1] == "error":
        return leave_out(leaf, STOPPED, "**/error")
    ours = answers.find(leaf.path)
    if isinstance(ours, Crash):
        return Verdict(leaf, Outcome.OUTSIDE, None, f"raised {ours}")
    if ours is MISSING or isinstance(ours, Mapping | list):
        return leave_out(leaf, UNKNOWN, "/".join(leaf.path))
    if isinstance(ours, LeftOut):
        return leave_out(leaf, ours, "/".join(leaf.path))
    return judge(leaf, ours if isinstance(ours, Ours) else Ours(ours))


def _descend(tree: Any, path: Keys) -> Any:
    for key in path:
        if isinstance(tree, LeftOut):
            return tree
        if isinstance(tree, Mapping) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and key.isdigit() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return MISSING
    return tree
