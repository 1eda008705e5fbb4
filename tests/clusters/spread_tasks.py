"""What the tests have done elsewhere: tasks that note their starts, wait, or kill their process."""

import os
import signal
import time
from pathlib import Path


def note_and_double(task: tuple[str, int]) -> int:
    """Return the double; note the start in a file of the task's own."""
    folder, number = task
    with (Path(folder) / f"started-{number}").open("a") as stream:
        stream.write("x")
    return 2 * number


def die_on_three(task: tuple[str, int]) -> int:
    """Kill this process if the number is 3."""
    result = note_and_double(task)
    if task[1] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def wait_first_time(task: tuple[str, int]) -> int:
    """Wait for long where the task was not started before, but for number 0."""
    result = note_and_double(task)
    if starts(task) == 1 and task[1] > 0:
        time.sleep(300)
    return result


def starts(task: tuple[str, int]) -> int:
    """Return how often a task was begun."""
    path = Path(task[0]) / f"started-{task[1]}"
    return len(path.read_text()) if path.exists() else 0
