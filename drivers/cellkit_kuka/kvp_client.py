"""Asks a controller for its variables and sets them, over KUKAVARPROXY."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import CommandRejected
from cellkit.transport import ByteStream
from cellkit_kuka.protocol.kvp import Reply, ReplyReader, Request

ANSWER = 1.0  # s that an answer may take


class Variables:
    """The variables of one controller. ``silent(why)`` is called when no answer comes."""

    def __init__(self, device: str, stream: ByteStream, silent: Callable[[str], None]) -> None:
        self._device = device
        self._stream = stream
        self._requests: Requests[int, Reply] = Requests(device, silent)
        self._id = 0
        self.fail = self._requests.fail

    async def read_replies(self) -> None:
        """Read until the stream ends. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, ReplyReader().feed, lambda reply: self._requests.answer(reply.id, reply))

    async def read(self, name: str) -> str:
        """Read the value of a variable. Raises ``CommandRejected`` and ``ConnectionLost``."""
        return await self._ask(name, None)

    async def write(self, name: str, value: str) -> None:
        """Set a variable. Raises ``CommandRejected`` and ``ConnectionLost``."""
        await self._ask(name, value)

    async def _ask(self, name: str, value: str | None) -> str:
        self._id = self._id % 0xFFFF + 1
        data, what = Request(self._id, name, value).encode(), f"{name} from KUKAVARPROXY"
        reply = await self._requests.ask(self._id, lambda: self._stream.write(data), what, ANSWER)
        if not reply.ok:
            what = "read" if value is None else f"set to {value}"
            raise CommandRejected(self._device, f"the controller refuses that {name} is {what}")
        return reply.value
