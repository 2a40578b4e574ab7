"""The signals that end a process: Ctrl+C, the end by a service manager, and the loss of the terminal.

All of them act as Ctrl+C does in Python: they raise ``KeyboardInterrupt``, so that devices stop first.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

END_SIGNALS = tuple(number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"))
"""Those that this system has: Windows has no SIGHUP, and only Windows has SIGBREAK."""


class Ended(KeyboardInterrupt):
    """The end of the process, as one of ``END_SIGNALS`` asked for it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def exit_code(interrupt: BaseException) -> int:
    """Return the exit code of a process that an interrupt ended: 128 and the number of the signal, 130 for Ctrl+C."""
    return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


@contextlib.contextmanager
def on_end_signal(handler: Callable[[int], object]) -> Iterator[None]:
    """Call ``handler`` with the number of every end signal that arrives inside the block.

    Only the main thread may receive signals: in any other thread the block changes nothing. A signal that the process
    was started to ignore, as ``nohup`` does with SIGHUP, stays ignored, except Ctrl+C.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        handler(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in END_SIGNALS:
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, signal.SIG_DFL if earlier is None else earlier)


def interrupt_on_end_signals() -> None:
    """Let every signal that would end this process at once raise ``Ended`` from now on, as Ctrl+C does.

    A signal that the program handles or ignores itself is left alone, and outside the main thread all are.
    """

    def handle(number: int, _frame: FrameType | None) -> NoReturn:
        raise Ended(number)

    if threading.current_thread() is threading.main_thread():
        for number in END_SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, handle)


def leave_to_parent() -> None:
    """Ignore Ctrl+C and the loss of the terminal in a child: both reach the whole group, and the parent ends it."""
    for number in set(END_SIGNALS) - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
