"""What runs in the process of a student's program: it makes the cell, shuts itself in, and runs the program.

Started by ``cellkit.exercise.student`` as ``python -m cellkit.exercise.child DESCRIPTOR``; nobody else does.
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
from cellkit.exercise.remote import HostGone, Link, RemoteCell
from cellkit.scenario.program import cause_of, load_program
from cellkit.timing import run
from cellkit.timing.virtual_loop import VirtualLoop


def main() -> None:
    """Run one program on one cell, told over the line whose descriptor is the only argument."""
    faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=False)
    descriptor = int(sys.argv[1])
    file = Path.cwd() / sys.argv[2]
    link = Link(descriptor, str(file))
    with contextlib.suppress(HostGone):
        run(_live(link, file, link.receive()), stepper=link)


async def _live(link: Link, file: Path, told: Json) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.cell_time = float(told["t"])
    cell = RemoteCell(told["cell"], link)
    if told["protected"]:
        try:
            sandbox.shut(told["cpu"], told["memory"], [Path(one) for one in told["hidden"]])
        except OSError as error:
            link.send({"open": str(error)})
            return
    link.send({"ready": True})
    link.receive()
    if told["protected"]:
        watch(link)
    outcome: dict[str, Any] = {"done": True}
    try:
        await load_program(file)(cell)
    except HostGone:
        raise
    except BaseException as error:
        outcome = {"failed": _told(error, file)}
    with contextlib.suppress(HostGone):
        link.finish(outcome)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _told(error: BaseException, file: Path) -> Json:
    """What went wrong first, and where."""
    cause, line = cause_of(error, file)
    if isinstance(cause, CellkitError) and line is None:
        line = getattr(cause, "line", None)
    return {"error": encode_error(cause), "name": type(cause).__name__, "line": line}


if __name__ == "__main__":
    main()
