"""Reading of lines from standard input while something is served."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def typed_words(on_line: Callable[[str], None]) -> Iterator[None]:
    """Call ``on_line`` with every typed line, as long as standard input is open."""
    loop, file = asyncio.get_running_loop(), sys.stdin
    pending = bytearray()

    def ready() -> None:
        try:
            data = os.read(file.fileno(), 4096)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(file)
            return
        pending.extend(data)
        *lines, rest = bytes(pending).split(b"\n")
        pending[:] = rest[-200:]
        for line in lines:
            words = line.decode("utf-8", "replace").strip()
            if words:
                on_line(words)

    try:
        loop.add_reader(file, ready)
    except (
        ValueError,
        OSError,
        AttributeError,
    ):  # missing, closed, or a plain file, which an event loop cannot wait for
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(file)
