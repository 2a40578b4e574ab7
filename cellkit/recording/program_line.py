"""Where a program stands: the lines of its file at which its tasks wait."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import FrameType
from typing import Any


def waiting_lines(file: Path) -> tuple[int, ...]:
    """The lines (from 1) of ``file`` at which tasks of the running loop wait, each task's innermost, in order."""
    name = str(file)
    found = set()
    for task in asyncio.all_tasks():
        line = _innermost(task.get_coro(), name)
        if line is not None:
            found.add(line)
    return tuple(sorted(found))


def _innermost(waiting: Any, name: str) -> int | None:
    """Down the chain of what waits for what: a coroutine, an asynchronous generator, or a future at its end."""
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
