"""The driver's side of the Dashboard: one line out, one line back, one at a time."""

from __future__ import annotations

import asyncio

from cellkit.transport.network import ByteStream
from cellkit_ur.protocol.dashboard import LineReader, encode_line

ANSWER_TIMEOUT = 3.0
"""s; a real one takes up to a second for ``stop``."""


class DashboardClient:
    """Over an open stream. Raises ``TransportError`` or ``ProtocolError`` when the stream fails."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._reader = LineReader()
        self._lines: list[str] = []
        self._turn = asyncio.Lock()

    async def line(self) -> str:
        """The next line. Raises ``TimeoutError`` when none comes, ``EOFError`` when the other side has closed."""
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while not self._lines:
                data = await self._stream.read()
                if not data:
                    raise EOFError
                self._lines += self._reader.feed(data)
        return self._lines.pop(0)

    async def ask(self, command: str) -> str:
        """Send a command; the answer to it. Raises what ``line`` raises."""
        async with self._turn:
            self._stream.write(encode_line(command))
            return await self.line()
