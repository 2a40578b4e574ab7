"""The audit hook that reports forbidden attempts of a program. It only reports: the kernel's filters prevent them."""

from __future__ import annotations

import os
import sys
from typing import Any

from cellkit.exercise.remote import Link

_WORDS = {
    "socket.__new__": "open a network connection",
    "socket.connect": "open a network connection",
    "subprocess.Popen": "start another program",
    "os.system": "start another program",
    "os.exec": "start another program",
    "os.posix_spawn": "start another program",
    "os.fork": "start another process",
    "os.forkpty": "start another process",
    "os.kill": "send a signal",
    "os.killpg": "send a signal",
    "os.remove": "delete a file",
    "os.rename": "rename a file",
    "os.mkdir": "make a folder",
    "os.rmdir": "delete a folder",
    "os.chmod": "change a file's rights",
    "os.chown": "change a file's owner",
    "os.link": "link a file",
    "os.symlink": "link a file",
    "os.truncate": "shorten a file",
    "os.utime": "change a file's time",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MAX_REPORTS = 20  # different attempts that are reported


def watch(link: Link) -> None:
    """Report every kind of attempt once for each line to the host, with the next turn."""
    reported: set[tuple[str, int | None]] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        what = _attempt(event, arguments)
        if what is None or len(reported) >= _MAX_REPORTS:
            return
        key = what, link.line()
        if key[1] is not None and key not in reported:  # an attempt without a line is a library's, not the program's
            reported.add(key)
            link.refused.append(list(key))

    sys.addaudithook(hook)


def _attempt(event: str, arguments: tuple[Any, ...]) -> str | None:
    if event == "open":
        path, _mode, flags = arguments
        if isinstance(flags, int) and flags & _WRITING and not isinstance(path, int):
            return f"write the file {str(path)[:200]!r}"
        return None
    if event == "os.kill" and arguments[0] == os.getpid():
        return None
    return _WORDS.get(event)
