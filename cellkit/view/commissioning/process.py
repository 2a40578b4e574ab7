"""The page's process: ``python -m cellkit.view.commissioning.process FD OPTIONS``; see ``launch``."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from pathlib import Path

from cellkit.access.audit import AuditLog
from cellkit.access.journal import Journal
from cellkit.access.login import PasswordLogin
from cellkit.access.settings import LoginLimits, audit_file, lockout_file
from cellkit.access.users import UserDirectory, users_file
from cellkit.errors import ConfigError, TransportError
from cellkit.supervision.cell_line import CellLine
from cellkit.transport.http_server import serve_http
from cellkit.transport.network import ByteStream
from cellkit.transport.sockets import SocketNetwork
from cellkit.view.commissioning.app import make_app
from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.launch import CommissioningOptions, options_from
from cellkit.view.commissioning.sessions import LoginSession, Sessions
from cellkit.view.commissioning.state_cache import StateCache
from cellkit.view.guard import LOOPBACK

_LOG = logging.getLogger("cellkit.view.commissioning")
CONNECTIONS = 60
"""Connections at one time; one more is closed at once."""
SILENT = 60.0
"""s after which a connection on which nothing comes is closed; an open page says something every second."""
_LOOK = 2.0  # s between two looks at the sessions and the file of users


class _Timed:
    """A stream that is given up when nothing comes."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.local, self.peer = stream.local, stream.peer
        self.write, self.drain, self.close = stream.write, stream.drain, stream.close

    async def read(self) -> bytes:
        try:
            async with asyncio.timeout(SILENT):
                return await self._stream.read()
        except TimeoutError:
            raise TransportError("nothing comes") from None


async def serve(end: socket.socket, options: CommissioningOptions) -> None:
    """Serve until the cell ends."""
    line = CellLine(end)
    await line.open()
    mirror = StateCache()
    told = asyncio.ensure_future(_take(line, mirror))
    closing: set[asyncio.Task[None]] = set()
    sessions = None
    try:
        journal, sessions = _who(options)
        face = Frontend(line, mirror, sessions, journal)

        def closed(session: LoginSession) -> None:
            task = asyncio.ensure_future(face.closed(session))
            closing.add(task)
            task.add_done_callback(closing.discard)

        if sessions is not None:
            sessions.on_closed = closed
        app = make_app(face, options.view)
        open_now = 0

        async def handle(stream: ByteStream) -> None:
            nonlocal open_now
            if open_now >= CONNECTIONS:
                return
            open_now += 1
            try:
                await serve_http(_Timed(stream), app)
            except TransportError:
                pass  # a browser may go at any time
            except Exception as error:
                journal.internal_error("a request to the page", error)
            finally:
                open_now -= 1

        listener = await SocketNetwork().listen(LOOPBACK, options.port, handle)
    except (ConfigError, TransportError) as error:
        line.report(failed=f"--view: {error}")
        await told
        return
    line.report(page=f"http://{LOOPBACK}:{listener.port}")
    looking = asyncio.ensure_future(_look(sessions, journal))
    try:
        await told
    finally:
        looking.cancel()
        listener.close()
        line.close()


def _who(options: CommissioningOptions) -> tuple[Journal, Sessions | None]:
    if options.insecure_loopback:
        return Journal(None), None
    state = Path(options.state)
    users = UserDirectory(users_file(state))
    journal = Journal(AuditLog(audit_file(state)))
    login = PasswordLogin(users, LoginLimits(), lockout_file(state))
    return journal, Sessions(users, login, journal, options.idle, asyncio.get_running_loop().time)


async def _take(line: CellLine, mirror: StateCache) -> None:
    async for message in line.messages():
        mirror.take(message)


async def _look(sessions: Sessions | None, journal: Journal) -> None:
    while sessions is not None:
        await asyncio.sleep(_LOOK)
        try:
            sessions.look()
        except ConfigError as error:
            journal.warn("users", f"the file of users cannot be used, nobody new is let in by it: {error}")


def main() -> None:
    """Run the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="cellkit commissioning: %(message)s")
    end = socket.socket(fileno=int(sys.argv[1]))
    end.setblocking(False)
    asyncio.run(serve(end, options_from(sys.argv[2])))


if __name__ == "__main__":
    main()
