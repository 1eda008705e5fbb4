"""A run that is told to stop says so and ends; the same command goes on with it."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class RunInterrupted(SystemExit):
    """A signal ends the run; no job of a sweep follows.

    Args:
        number: Of the signal; shells expect 128 more as the exit code.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number

    def __str__(self) -> str:
        """Return what the status says."""
        return f"interrupted by {signal.Signals(self.number).name}"


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the block with `RunInterrupted`.

    Of itself Python dies of SIGTERM without a word, and Lightning turns Ctrl-C into an
    exit without a reason and leaves the process deaf to a second one.
    """
    if threading.current_thread() is not threading.main_thread():
        # Signals reach the main thread only, which then ends the process.
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit) and _is_from_keyboard(error):
            raise RunInterrupted(signal.SIGINT) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del frame
    raise RunInterrupted(number)


def _is_from_keyboard(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt)
