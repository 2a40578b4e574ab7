"""The guardian of a device whose controller does not watch its client."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cellkit.end_signals import END_SIGNALS

_PROGRAM = Path(__file__).with_name("guardian_process.py")
_PATIENCE = 2.0  # s for the guardian to end


@contextlib.contextmanager
def _end_signals_blocked() -> Iterator[None]:
    """Block the end signals: a child that starts meanwhile never gets any, for it inherits that."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _apart() -> dict[str, Any]:
    """Return the options with which a process starts that Ctrl+C and the end of the terminal do not reach."""
    if sys.platform == "win32":  # not verified on Windows: its own process group, and a console of its own
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


class Guardian:
    """A process that sends ``stop`` over a connection of its own when this process dies, also by SIGKILL.

    It ends silently when ``close`` is called. Neither Ctrl+C nor a service manager's SIGTERM to all processes ends it.
    """

    def __init__(self, host: str, port: int, stop: bytes, *, datagram: bool) -> None:
        order = {"host": host, "port": port, "stop": stop.hex(), "datagram": datagram}
        with _end_signals_blocked():
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with a program of ours
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **_apart(),
            )
        self._say(json.dumps(order).encode() + b"\n")

    def _say(self, text: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # the guardian was killed
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def close(self) -> None:
        """Let the guardian end: the device is left in order."""
        assert self._process.stdin is not None
        self._say(b"done")
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
