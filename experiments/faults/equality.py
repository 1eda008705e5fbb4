"""Whether two sweeps came to the same: weights, metrics and predictions, byte by byte."""

from pathlib import Path

from run_watch import RESULTS

from cirrhosis.contracts.files import hash_file


def find_differences(one: Path, two: Path) -> list[str]:
    """Return each result that only one of two folders of runs holds, or that differs.

    `status.json`, `run.log` and `config.yaml` are no results: they hold times, processes
    and folders.
    """
    left, right = _hash_results(one), _hash_results(two)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _hash_results(runs: Path) -> dict[str, str]:
    return {
        str(path.relative_to(runs)): hash_file(path)
        for result in RESULTS
        for path in runs.glob(f"*/*/*/*/seed-*/fold-*/{result}")
    }
