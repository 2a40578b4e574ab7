"""The driver's two connections to the robot: requests and replies, and the newest state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.errors import ConnectionLost, ProtocolError
from cellkit.timing import now
from cellkit.transport import ByteStream, Datagram
from cellkit_franka.protocol import robot as protocol
from cellkit_franka.protocol.framing import Frame, robot_framing
from cellkit_franka.protocol.robot import Command, Connect, Request
from cellkit_franka.protocol.state import Report

TIMEOUT = 1.0
"""s that a reply or a state may take until the link counts as lost, as in libfranka."""


LATE = 0.1
"""s that this side is given to take what has come."""


class RobotLink:
    """Speaks for one device; ``on_report`` is called for every state that is newer than the one before."""

    def __init__(self, device: str, stream: ByteStream, socket: Datagram, lost: Callable[[str], None]) -> None:
        self._device = device
        self._stream = stream
        self._socket = socket
        self._lost = lost
        self._framing = robot_framing(device)
        self._next_id = 0
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._robot = ("", 0)
        self._heard = now()
        self._changed = asyncio.Event()
        self._closed = ""
        self.final: asyncio.Future[int] | None = None
        """The status that the Move which was started last will end with."""
        self.report: Report | None = None
        self.datagram = b""
        self.on_report: Callable[[Report], None] = lambda _: None

    @property
    def age(self) -> float:
        """S since the newest state came."""
        return now() - self._heard

    @property
    def port(self) -> int:
        """Where this side listens for states."""
        return self._socket.local[1]

    # --- requests ---------------------------------------------------------------------------------------------------

    async def connect(self) -> tuple[int, int]:
        """Introduce this side; status and version of the server. Call before the readers run."""
        self._send(Connect(protocol.VERSION, self._socket.local[1]))
        while True:
            data = await self._stream.read()
            if not data:
                raise ProtocolError(self._device, "the controller closed the connection; another client may have it")
            for frame in self._framing.feed(data):
                return protocol.decode_connected(frame)

    def _send(self, request: Request) -> int:
        command_id = self._next_id
        self._next_id += 1
        self._stream.write(self._framing.encode(protocol.encode_request(request, command_id)))
        return command_id

    async def request(self, request: Request, timeout: float = TIMEOUT) -> int:
        """Send a request and return the status of its reply. Raises ``ConnectionLost`` when none comes."""
        return await self.answer(self.post(request), type(request).__name__, timeout)

    def post(self, request: Request) -> tuple[int, asyncio.Future[int]]:
        """Send a request; its id, and the status to come."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        command_id = self._send(request)
        self._waiting[command_id] = future
        return command_id, future

    async def answer(self, posted: tuple[int, asyncio.Future[int]], what: str, timeout: float = TIMEOUT) -> int:
        """The status of what was posted. Raises ``ConnectionLost`` when no reply comes in time."""
        command_id, future = posted
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.shield(future)
        except TimeoutError:
            why = f"no reply to {what} for {timeout:g} s"
            self._lost(why)
            raise ConnectionLost(self._device, why) from None
        finally:
            if self._waiting.get(command_id) is future:
                del self._waiting[command_id]

    async def replies(self) -> None:
        """Hand out replies until the controller closes the connection."""
        while data := await self._stream.read():
            for frame in self._framing.feed(data):
                self._take(frame)

    def _take(self, frame: Frame) -> None:
        status = protocol.decode_status(frame)
        future = self._waiting.pop(frame.command_id, None)
        if frame.command == Command.MOVE and status == protocol.MoveStatus.MOTION_STARTED:
            # A Move has two replies, and the second may be in the same bytes, before anybody has awaited the first.
            self.final = self._waiting[frame.command_id] = asyncio.get_running_loop().create_future()
        if future is not None and not future.done():
            future.set_result(status)

    def close(self, why: str = "the connection was closed") -> None:
        """The link is no more: whoever waits for something hears of it."""
        self._closed = why
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost(self._device, why))
                future.exception()  # heard of, also where nobody waits
        self._waiting.clear()
        self._changed.set()

    # --- states -----------------------------------------------------------------------------------------------------

    async def states(self) -> None:
        """Take states until the socket is closed; older ones than the newest are dropped."""
        while True:
            data, sender = await self._socket.receive()
            report = Report(data)
            if self.report is not None and report.message_id <= self.report.message_id:
                continue
            self.report, self.datagram, self._robot, self._heard = report, data, sender, now()
            self.on_report(report)
            if not self._changed.is_set():
                self._changed.set()

    async def watch(self) -> None:
        """Raise ``ConnectionLost`` once no state has come for a while."""
        while True:
            await asyncio.sleep(max(0.05, TIMEOUT - self.age))
            if self.age >= TIMEOUT:
                await asyncio.sleep(LATE)  # when this side itself was late, states are waiting to be taken
            if self.age >= TIMEOUT:
                raise ConnectionLost(self._device, f"no state from the robot for {TIMEOUT:g} s")

    async def until(self, condition: Callable[[Report], bool]) -> Report:
        """The first state, from the newest on, that fulfils a condition. Raises ``ConnectionLost``."""
        while True:
            if self._closed:
                raise ConnectionLost(self._device, self._closed)
            if self.report is not None and condition(self.report):
                return self.report
            self._changed.clear()
            await self._changed.wait()

    def send(self, datagram: bytes) -> None:
        """Answer the newest state."""
        self._socket.send(datagram, self._robot)
