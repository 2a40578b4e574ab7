"""Processes for tasks: copies of one process that has imported what a run needs, and in which nothing runs.

The imports of a run take as long as half a short run. So they are made once, for all processes, and while the command
itself is still imported and plans. This module is quick to import, so that this can begin first.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing import forkserver, resource_tracker

from cellkit.end_signals import END_SIGNALS, Ended, on_end_signal

PRELOADED = ["cellkit.study.matrix.work", "cellkit.study.runs.job", "cellkit.study.runs.local"]
CONTEXT = multiprocessing.get_context("forkserver")
"""Starts the processes."""


def prepare_processes() -> None:
    """Begin to make the process whose copies carry out tasks, if there is none; return at once."""
    CONTEXT.set_forkserver_preload(PRELOADED)
    with children_ignore_end_signals():
        forkserver.ensure_running()


def end_original() -> None:
    """End that process, after all its copies, so that their processor time counts as that of this one's children.

    The next one sees the environment variables of its own time. The standard library has no public name for this.
    """
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


@contextlib.contextmanager
def children_ignore_end_signals() -> Iterator[None]:
    """Start processes that ignore the signals that end a process, which may reach the whole process group.

    Only the parent reacts to them: it raises ``Ended`` at the end of the block.
    """
    received: list[int] = []
    resource_tracker.ensure_running()  # otherwise the first process would start it, and unblock the signals again
    with on_end_signal(received.append):
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)  # children inherit the mask from their first moment on
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
    if received:
        raise Ended(received[0])
