"""How a run is called where it is tracked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunLabel:
    """What a tracker shows of a run beside its numbers.

    Attributes:
        project: Where the runs of all experiments lie together.
        group: Runs that belong together: one experiment and variant.
        job_type: `fold`, `summary`, `fusion` or `evaluation`.
        name: Readable name, such as `t1+t2-f0-s1`.
        run_id: Stable identifier, so that a continued run is one run.
        tags: Few words to filter by.
        config: Plain values.
    """

    project: str
    group: str
    job_type: str
    name: str
    run_id: str
    tags: Sequence[str]
    config: Mapping[str, Any]
