"""The main module of a student's process: it builds the cell, enters the sandbox, and runs the program.

Only ``cellkit.exercise.student`` starts it, as ``python -m cellkit.exercise.child DESCRIPTOR PROGRAM``.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
from pathlib import Path
from typing import Any

from cellkit.errors import CellkitError
from cellkit.exercise import sandbox
from cellkit.exercise.audit_hook import watch
from cellkit.exercise.codec import Json, encode_error
from cellkit.exercise.remote import HostLost, Link, RemoteCell
from cellkit.scenario.program import cause_of, load_program
from cellkit.timing import run
from cellkit.timing.virtual_loop import VirtualLoop


def main() -> None:
    """Run the program named by the second argument on one cell; the first argument is the descriptor of the link."""
    faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=False)
    descriptor = int(sys.argv[1])
    file = Path.cwd() / sys.argv[2]
    link = Link(descriptor, str(file))
    with contextlib.suppress(HostLost):
        run(_live(link, file, link.receive()), stepper=link)


async def _live(link: Link, file: Path, start: Json) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.cell_time = float(start["t"])
    cell = RemoteCell(start["cell"], link)
    if start["protected"]:
        try:
            sandbox.enter(start["cpu"], start["memory"], [Path(folder) for folder in start["hidden"]])
        except OSError as error:
            link.send({"open": str(error)})
            return
    link.send({"ready": True})
    link.receive()
    if start["protected"]:
        watch(link)
    outcome: dict[str, Any] = {"done": True}
    try:
        await load_program(file)(cell)
    except HostLost:
        raise
    except BaseException as error:
        outcome = {"failed": _failure(error, file)}
    with contextlib.suppress(HostLost):
        link.finish(outcome)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _failure(error: BaseException, file: Path) -> Json:
    """Return the first error of the program, and its line."""
    cause, line = cause_of(error, file)
    if isinstance(cause, CellkitError) and line is None:
        line = getattr(cause, "line", None)
    return {"error": encode_error(cause), "name": type(cause).__name__, "line": line}


if __name__ == "__main__":
    main()
