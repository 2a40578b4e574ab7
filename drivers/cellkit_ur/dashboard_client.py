"""The driver's side of the Dashboard: one line out, one line back, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.transport.network import ByteStream
from cellkit_ur.protocol.dashboard import LineReader, encode_line

ANSWER_TIMEOUT = 3.0
"""s; a real one takes up to a second for ``stop``."""


class DashboardClient:
    """Over a stream that was just opened. ``read`` must run beside the commands."""

    def __init__(self, device: str, stream: ByteStream, silent: Callable[[str], None]) -> None:
        self._stream = stream
        self._lines: Requests[None, str] = Requests(device, silent, in_order=True)
        self._greeting = self._lines.expect(None)
        self._turn = asyncio.Lock()
        self.fail = self._lines.fail

    async def read(self) -> None:
        """Read until the server closes. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, LineReader().feed, lambda line: self._lines.answer(None, line))

    async def greeting(self) -> str:
        """The line with which the server begins. Raises ``ConnectionLost`` when none comes."""
        return await self._lines.wait(self._greeting, "the connection", ANSWER_TIMEOUT)

    async def ask(self, command: str) -> str:
        """Send a command; the answer to it. Raises ``ConnectionLost``."""
        async with self._turn:
            line = encode_line(command)
            return await self._lines.ask(None, lambda: self._stream.write(line), repr(command), ANSWER_TIMEOUT)
