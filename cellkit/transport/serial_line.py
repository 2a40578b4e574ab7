"""Serial ports of the machine as asyncio transports, and pseudo-terminals at whose far end a virtual device is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from asyncio.transports import _FlowControlMixin
from collections.abc import Callable
from typing import Any

import serial
from typing_extensions import override

from cellkit.transport.streams import LineBroken, reason

_CHUNK = 4096


class TerminalTransport(_FlowControlMixin):
    """A terminal's file descriptor as an asyncio transport. Closes it, unless ``port`` owns it."""

    def __init__(self, protocol: Any, path: str, descriptor: int, port: serial.Serial | None = None) -> None:
        super().__init__({"sockname": (path, 0), "peername": (path, 0)}, asyncio.get_running_loop())
        self._selector: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._path = path
        self._fd = descriptor
        self._port = port
        self._protocol: Any = protocol
        self._out = bytearray()
        os.set_blocking(descriptor, False)
        protocol.connection_made(self)
        self.resume_reading()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            data = b""
        except OSError as error:
            self._force_close(LineBroken(f"the serial port {self._path} broke: {reason(error)}"))
            return
        if data:
            self._protocol.data_received(data)
        else:  # readable without data: an adapter was pulled out, or no process holds the pseudo-terminal's far end
            self._force_close(LineBroken(f"the serial port {self._path} broke: its other end is gone"))

    @override
    def pause_reading(self) -> None:
        self._selector.remove_reader(self._fd)

    @override
    def resume_reading(self) -> None:
        if self._fd >= 0:
            self._selector.add_reader(self._fd, self._readable)

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._fd < 0:
            return
        idle = not self._out
        self._out += data
        if idle:
            self._flush()
        self._maybe_pause_protocol()  # type: ignore[attr-defined]

    def _flush(self) -> None:
        try:
            sent = os.write(self._fd, self._out)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._force_close(LineBroken(f"the serial port {self._path} broke: {reason(error)}"))
            return
        del self._out[:sent]
        if self._out:
            self._selector.add_writer(self._fd, self._flush)
        else:
            self._selector.remove_writer(self._fd)
        self._maybe_resume_protocol()  # type: ignore[attr-defined]

    @override
    def get_write_buffer_size(self) -> int:
        return len(self._out)

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    @override
    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    @override
    def can_write_eof(self) -> bool:
        return False

    @override
    def is_closing(self) -> bool:
        return self._fd < 0

    @override
    def close(self) -> None:
        """Close at once: what a slow line has not sent yet is lost."""
        self._force_close(None)

    @override
    def abort(self) -> None:
        self._force_close(None)

    def _force_close(self, error: Exception | None) -> None:
        if self._fd < 0:
            return
        self._selector.remove_reader(self._fd)
        self._selector.remove_writer(self._fd)
        with contextlib.suppress(OSError):
            if self._port is not None:
                self._port.close()
            else:
                os.close(self._fd)
        self._fd = -1
        self._selector.call_soon(self._protocol.connection_lost, error)


def open_serial(protocol: Any, path: str, baud: int) -> None:
    """Connect a protocol to a serial port, for this process alone. Raises ``OSError``."""
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=0, exclusive=True)
    except ValueError as error:
        raise OSError(str(error)) from None
    TerminalTransport(protocol, path, port.fileno(), port)


def open_line(protocol: Any, path: str) -> tuple[str, Callable[[], None]]:
    """Connect a protocol to the far end of a new pseudo-terminal; ``path`` becomes a link to the near end.

    Returns the name of the near end and what closes the line. Raises ``OSError``.
    """
    far, near = os.openpty()
    tty.setraw(near)
    name = os.ttyname(near)
    try:
        if path:
            os.symlink(name, path)
    except OSError:
        os.close(far)
        os.close(near)
        raise
    # The near end stays open here: a far end whose near end no process holds reports an error instead of silence.
    held = [near]
    TerminalTransport(protocol, path or name, far)

    def leave() -> None:
        if held:
            os.close(held.pop())
            if path:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    return path or name, leave
