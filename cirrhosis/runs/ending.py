"""Says of a run whose process is gone how it ended."""

import math

from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, tell_time, write_status
from cirrhosis.runs.claim import RunClaimedError, claim


def mark_failed(folder: RunFolder, reason: str) -> None:
    """Write that a run failed because its process is gone, or never came to begin it.

    Nothing is written about a finished run, nor about one that another process works on.

    Args:
        folder: Of the run.
        reason: What is known of the end.
    """
    try:
        # Only an owner that is dead for sure is replaced: silence is for who wants to train.
        with claim(folder.lock, takeover_seconds=math.inf):
            status = read_status(folder.status) or RunStatus("pending", "", {})
            if status.state == "finished":
                return
            ended = status.with_changes(state="failed", reason=reason, finished=tell_time())
            write_status(ended, folder.status)
    except RunClaimedError:
        return
