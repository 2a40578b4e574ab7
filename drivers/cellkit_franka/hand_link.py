"""The hand's two connections: commands and replies, and the newest state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.errors import ConnectionLost
from cellkit.timing import now
from cellkit.transport import ByteStream, Datagram
from cellkit_franka.protocol import gripper as protocol
from cellkit_franka.protocol.framing import gripper_framing
from cellkit_franka.protocol.gripper import Connect, GripperState, Request

TIMEOUT = 1.0
"""s that a state, or a reply that needs no motion, may take until the link counts as lost."""


class HandLink:
    """Speaks for one device; ``noticed`` is called for every state that is newer than the one before."""

    def __init__(
        self, device: str, stream: ByteStream, socket: Datagram, noticed: Callable[[GripperState], None]
    ) -> None:
        self._device = device
        self._stream = stream
        self._socket = socket
        self._noticed = noticed
        self._framing = gripper_framing(device)
        self._next_id = 0
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._watching: list[asyncio.Future[GripperState]] = []
        self._newest: GripperState | None = None
        self.stamp = now()
        """Cell time (s) at which the newest state came."""

    @property
    def newest(self) -> GripperState:
        """Raises ``ConnectionLost`` before there is a state."""
        if self._newest is None:
            raise ConnectionLost(self._device, "no state has come yet")
        return self._newest

    async def connect(self) -> tuple[int, int] | None:
        """Introduce this side; status and version of the server, None when it hangs up. Call before the readers run."""
        self._send(Connect(protocol.VERSION, self._socket.local[1]))
        while data := await self._stream.read():
            for frame in self._framing.feed(data):
                return protocol.decode_connected(frame)
        return None

    async def command(self, request: Request, timeout: float | None = None) -> int:
        """Carry out a command and return the status of its reply.

        Raises ``ConnectionLost`` when none comes within ``timeout`` s.
        """
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        command_id = self._send(request)
        self._waiting[command_id] = future
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise ConnectionLost(self._device, f"no reply to {type(request).__name__} for {timeout:g} s") from None
        finally:
            del self._waiting[command_id]

    async def fresh(self) -> GripperState:
        """The next state that comes."""
        future: asyncio.Future[GripperState] = asyncio.get_running_loop().create_future()
        self._watching.append(future)
        state: GripperState = await future
        return state

    async def replies(self) -> None:
        """Hand out replies until the hand closes the connection."""
        while data := await self._stream.read():
            for frame in self._framing.feed(data):
                status = protocol.decode_status(frame)
                future = self._waiting.get(frame.command_id)
                if future is not None and not future.done():
                    future.set_result(status)

    async def states(self) -> None:
        """Take states until the socket is closed; older ones than the newest are dropped."""
        while True:
            data, _ = await self._socket.receive()
            state = GripperState.decode(data)
            if self._newest is not None and state.message_id <= self._newest.message_id:
                continue
            self._newest, self.stamp = state, now()
            self._noticed(state)
            watching, self._watching = self._watching, []
            for future in watching:
                if not future.done():
                    future.set_result(state)

    async def watch(self) -> None:
        """Raise ``ConnectionLost`` once no state has come for a while."""
        while True:
            age = now() - self.stamp
            if age >= TIMEOUT:
                raise ConnectionLost(self._device, f"no state from the hand for {TIMEOUT:g} s")
            await asyncio.sleep(max(0.05, TIMEOUT - age))

    def _send(self, request: Request) -> int:
        command_id = self._next_id
        self._next_id += 1
        self._stream.write(self._framing.encode(protocol.encode_request(request, command_id)))
        return command_id
