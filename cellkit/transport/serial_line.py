"""Serial ports of the machine, and pseudo-terminals at whose far end a pretended device sits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty

import serial
from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.transport.network import Address, ByteStream, Handler, Line
from cellkit.transport.serving import Connections

_CHUNK = 4096
_BACKLOG = 65536  # bytes that may wait to be sent before drain() waits


class TerminalStream(ByteStream):
    """A terminal's file descriptor as a ``ByteStream``. Closes it, unless ``port`` owns it."""

    def __init__(self, path: str, descriptor: int, port: serial.Serial | None = None) -> None:
        self.local: Address = (path, 0)
        self.peer: Address = (path, 0)
        self._fd = descriptor
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._out = bytearray()
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []
        self._broken: str | None = None
        os.set_blocking(descriptor, False)

    @override
    async def read(self) -> bytes:
        """A terminal has no end of file, so it never returns b""."""
        woken = False
        while True:
            if self._broken is not None:
                raise TransportError(self._broken)
            try:
                data = os.read(self._fd, _CHUNK)
            except BlockingIOError:
                data = b""
            except OSError as error:
                self._break(f"the serial port {self.local[0]} broke: {_why(error)}")
                continue
            if data:
                return data
            if woken:  # readable, and nothing to read: an adapter pulled out, a pseudo-terminal whose far end is gone
                self._break(f"the serial port {self.local[0]} broke: its other end is gone")
                continue
            await self._readable()
            woken = True

    async def _readable(self) -> None:
        if self._reader is not None and not self._reader.done():
            raise RuntimeError("two readers on one serial port")
        waiting = self._reader = self._loop.create_future()
        self._loop.add_reader(self._fd, _wake, waiting)
        try:
            await waiting
        finally:
            if self._fd >= 0:
                self._loop.remove_reader(self._fd)

    @override
    def write(self, data: bytes) -> None:
        if self._broken is not None:
            raise TransportError(self._broken)
        idle = not self._out
        self._out += data
        if idle:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = os.write(self._fd, self._out)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._break(f"the serial port {self.local[0]} broke: {_why(error)}")
            return
        del self._out[:sent]
        if self._out:
            self._loop.add_writer(self._fd, self._flush)
        else:
            self._loop.remove_writer(self._fd)
        if len(self._out) <= _BACKLOG:
            self._release()

    @override
    async def drain(self) -> None:
        while len(self._out) > _BACKLOG and self._broken is None:
            waiting: asyncio.Future[None] = self._loop.create_future()
            self._writers.append(waiting)
            await waiting

    @override
    def close(self) -> None:
        self._break(f"the serial port {self.local[0]} is closed")

    def _break(self, why: str) -> None:
        if self._broken is not None:
            return
        self._broken = why
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        with contextlib.suppress(OSError):
            if self._port is not None:
                self._port.close()
            else:
                os.close(self._fd)
        self._fd = -1
        if self._reader is not None:
            _wake(self._reader)
        self._release()

    def _release(self) -> None:
        writers, self._writers = self._writers, []
        for waiting in writers:
            _wake(waiting)


class PseudoLine(Line):
    """A pseudo-terminal (a ``Line``): whoever opens ``path`` talks to the handler."""

    def __init__(self, path: str, near: int, link: str, connections: Connections) -> None:
        self.path = link or path
        self._near = near
        self._link = link
        self._connections = connections

    @override
    def close(self) -> None:
        self._connections.close()
        if self._near >= 0:
            os.close(self._near)
            self._near = -1
            if self._link:
                with contextlib.suppress(OSError):
                    os.unlink(self._link)


def open_serial(path: str, baud: int) -> TerminalStream:
    """Open a serial port, for this process alone. Raises ``TransportError``."""
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=0, exclusive=True)
    except (OSError, ValueError) as error:  # pyserial's own error is an OSError
        raise TransportError(f"serial port {path}: {_why(error)}") from None
    return TerminalStream(path, port.fileno(), port)


def open_line(path: str, handler: Handler) -> PseudoLine:
    """A new pseudo-terminal; ``path`` becomes a link to it. Raises ``TransportError``."""
    far, near = os.openpty()
    tty.setraw(near)
    name = os.ttyname(near)
    try:
        if path:
            os.symlink(name, path)
    except OSError as error:
        os.close(far)
        os.close(near)
        raise TransportError(f"serial port {path}: {_why(error)}") from None
    # The near end stays open here: a far end whose near one nobody holds reports an error instead of silence.
    connections = Connections(handler)
    connections.accept(TerminalStream(path or name, far))
    return PseudoLine(name, near, path, connections)


def _why(error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else str(error)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
