"""Asks a controller for its variables and sets them, over KUKAVARPROXY."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.errors import CommandRejected, ConnectionLost, TransportError
from cellkit.transport import ByteStream
from cellkit_kuka.protocol.kvp import Reply, ReplyReader, Request

ANSWER = 1.0  # s that an answer may take


class Variables:
    """The variables of one controller. ``on_silence(why)`` is told when no answer comes."""

    def __init__(self, device: str, stream: ByteStream, on_silence: Callable[[str], None]) -> None:
        self._device = device
        self._stream = stream
        self._on_silence = on_silence
        self._pending: dict[int, asyncio.Future[Reply]] = {}
        self._id = 0
        self._broken: str | None = None

    async def read_replies(self) -> None:
        """Read until the stream ends. Raises ``TransportError`` and ``ProtocolError``."""
        reader = ReplyReader()
        while data := await self._stream.read():
            for reply in reader.feed(data):
                future = self._pending.get(reply.id)
                if future is not None and not future.done():
                    future.set_result(reply)

    async def read(self, name: str) -> str:
        """The value of a variable. Raises ``CommandRejected`` and ``ConnectionLost``."""
        return await self._ask(name, None)

    async def write(self, name: str, value: str) -> None:
        """Set a variable. Raises ``CommandRejected`` and ``ConnectionLost``."""
        await self._ask(name, value)

    def fail(self, why: str) -> None:
        """The link broke: whoever waits hears of it."""
        self._broken = why
        for future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionLost(self._device, why))

    async def _ask(self, name: str, value: str | None) -> str:
        if self._broken is not None:
            raise ConnectionLost(self._device, self._broken)
        self._id = self._id % 0xFFFF + 1
        number = self._id
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[number] = future
        try:
            self._stream.write(Request(number, name, value).encode())
            reply = await asyncio.wait_for(future, ANSWER)
        except TimeoutError:
            why = f"KUKAVARPROXY has not answered for {ANSWER:g} s"
            self._on_silence(why)
            raise ConnectionLost(self._device, why) from None
        except TransportError as error:
            self._on_silence(str(error))
            raise ConnectionLost(self._device, str(error)) from None
        finally:
            del self._pending[number]
        if not reply.ok:
            what = "read" if value is None else f"set to {value}"
            raise CommandRejected(self._device, f"the controller refuses that {name} is {what}")
        return reply.value
