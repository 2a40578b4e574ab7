"""The lines of a program at which its tasks wait."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import FrameType
from typing import Any

from cellkit.timing.virtual_loop import VirtualLoop


class WaitingLines:
    """The lines of ``file`` at which tasks of the running loop wait; looked up only when a task may have gone on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mark = -1
        self._lines: tuple[int, ...] = ()

    def now(self) -> tuple[int, ...]:
        """Return the lines, as ``waiting_lines`` does."""
        loop = asyncio.get_running_loop()
        mark = loop.task_mark() if isinstance(loop, VirtualLoop) else -1
        if mark != self._mark or mark == -1:
            self._mark, self._lines = mark, waiting_lines(self._file)
        return self._lines


def waiting_lines(file: Path) -> tuple[int, ...]:
    """Return the lines (from 1) of ``file`` at which tasks of the running loop wait: each task's innermost, sorted."""
    name = str(file)
    lines = set()
    for task in asyncio.all_tasks():
        line = _innermost(task.get_coro(), name)
        if line is not None:
            lines.add(line)
    return tuple(sorted(lines))


def _innermost(waiting: Any, name: str) -> int | None:
    """Follow the chain of awaited coroutines and asynchronous generators, down to the future at its end."""
    line = None
    while waiting is not None:
        frame: FrameType | None = (
            getattr(waiting, "cr_frame", None)
            or getattr(waiting, "ag_frame", None)
            or getattr(waiting, "gi_frame", None)
        )
        if frame is not None and frame.f_code.co_filename == name:
            line = frame.f_lineno
        waiting = (
            getattr(waiting, "cr_await", None)
            or getattr(waiting, "ag_await", None)
            or getattr(waiting, "gi_yieldfrom", None)
        )
    return line
