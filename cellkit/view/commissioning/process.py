"""The page's process: ``python -m cellkit.view.commissioning.process FD OPTIONS``; see ``launch``."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from pathlib import Path

from cellkit.access.audit import AuditLog
from cellkit.access.journal import Journal
from cellkit.access.login import PasswordLogin
from cellkit.access.settings import LoginLimits, audit_file, lockout_file
from cellkit.access.users import UserDirectory, users_file
from cellkit.end_signals import leave_to_parent
from cellkit.errors import ConfigError, TransportError
from cellkit.supervision.cell_line import CellLine
from cellkit.transport.network import ByteStream
from cellkit.transport.sockets import SocketNetwork
from cellkit.view.commissioning.admission import Admission
from cellkit.view.commissioning.app import make_app
from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.launch import CommissioningOptions, options_from
from cellkit.view.commissioning.sessions import LoginSession, Sessions
from cellkit.view.commissioning.state_cache import StateCache
from cellkit.view.guard import LOOPBACK

_LOG = logging.getLogger("cellkit.view.commissioning")
_CHECK_PERIOD = 2.0  # s between two checks of the sessions and of the file of users


async def serve(end: socket.socket, options: CommissioningOptions) -> None:
    """Serve the page until the cell ends."""
    line = CellLine(end)
    await line.open()
    cache = StateCache()
    receiving = asyncio.ensure_future(_receive(line, cache))
    closing: set[asyncio.Task[None]] = set()
    sessions = None
    try:
        journal, sessions = _access(options)
        frontend = Frontend(line, cache, sessions, journal)

        def closed(session: LoginSession) -> None:
            task = asyncio.ensure_future(frontend.closed(session))
            closing.add(task)
            task.add_done_callback(closing.discard)

        if sessions is not None:
            sessions.on_closed = closed
        admission = Admission(make_app(frontend, options.view))

        async def handle(stream: ByteStream) -> None:
            try:
                await admission.serve(stream)
            except TransportError:
                pass  # a browser may disconnect at any time
            except Exception as error:
                journal.internal_error("a request to the page", error)

        listener = await SocketNetwork().listen(LOOPBACK, options.port, handle)
    except (ConfigError, TransportError) as error:
        line.report(failed=f"--view: {error}")
        await receiving
        return
    line.report(page=f"http://{LOOPBACK}:{listener.port}")
    checking = asyncio.ensure_future(_check_sessions(sessions, journal))
    try:
        await receiving
    finally:
        checking.cancel()
        listener.close()
        line.close()


def _access(options: CommissioningOptions) -> tuple[Journal, Sessions | None]:
    if options.insecure_loopback:
        return Journal(None), None
    state = Path(options.state)
    users = UserDirectory(users_file(state))
    journal = Journal(AuditLog(audit_file(state)))
    login = PasswordLogin(users, LoginLimits(), lockout_file(state))
    return journal, Sessions(users, login, journal, options.idle, asyncio.get_running_loop().time)


async def _receive(line: CellLine, cache: StateCache) -> None:
    async for message in line.messages():
        cache.take(message)


async def _check_sessions(sessions: Sessions | None, journal: Journal) -> None:
    while sessions is not None:
        await asyncio.sleep(_CHECK_PERIOD)
        journal.flush()
        try:
            sessions.check()
        except ConfigError as error:
            journal.warn("users", f"the file of users cannot be used, changes in it have no effect: {error}")


def main() -> None:
    """Run the process."""
    leave_to_parent()
    logging.basicConfig(level=logging.WARNING, format="cellkit commissioning: %(message)s")
    end = socket.socket(fileno=int(sys.argv[1]))
    end.setblocking(False)
    asyncio.run(serve(end, options_from(sys.argv[2])))


if __name__ == "__main__":
    main()
