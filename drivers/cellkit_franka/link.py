"""The driver's two connections to the robot, and to the hand: requests and replies, and the newest state."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from typing_extensions import override

from cellkit.devices.latest import Latest
from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.transport import ByteStream, Datagram
from cellkit_franka.protocol import gripper, robot
from cellkit_franka.protocol.framing import Frame, Framing, gripper_framing, robot_framing
from cellkit_franka.protocol.gripper import GripperState
from cellkit_franka.protocol.state import Report

TIMEOUT = 1.0
"""s that a reply or a state may take until the link counts as lost, as in libfranka."""


class _Numbered(Protocol):
    @property
    def message_id(self) -> int: ...


RequestT = TypeVar("RequestT")
StateT = TypeVar("StateT", bound=_Numbered)


class FciLink(Generic[RequestT, StateT]):
    """Speaks for one device; ``noticed`` is called for every state that is newer than the one before."""

    def __init__(
        self,
        device: str,
        what: str,
        stream: ByteStream,
        socket: Datagram,
        framing: Framing,
        noticed: Callable[[StateT], None],
        silent: Callable[[str], None],
    ) -> None:
        self.states: Latest[StateT] = Latest(device, what, TIMEOUT, noticed)
        self._stream = stream
        self._socket = socket
        self._framing = framing
        self._next_id = 0
        self._requests: Requests[int, int] = Requests(device, silent)

    def fail(self, why: str) -> None:
        """Let every wait for a reply or a state fail with ``ConnectionLost``."""
        self._requests.fail(why)
        self.states.fail(why)

    @property
    def port(self) -> int:
        """The port at which this side receives states."""
        return self._socket.local[1]

    async def _introduce(self, request: RequestT) -> Frame | None:
        """Return the reply to the first request; None: the other side has hung up. Call before the readers run."""
        self._send(request)
        while data := await self._stream.read():
            for frame in self._framing.feed(data):
                return frame
        return None

    def _send(self, request: RequestT) -> None:
        self._stream.write(self._framing.encode(self._encode(request, self._next_id)))
        self._next_id += 1

    async def request(self, request: RequestT, within: float | None = TIMEOUT) -> int:
        """Send a request and return the status of its reply. Raises ``ConnectionLost`` when none comes ``within`` s."""
        return await self._requests.ask(self._next_id, lambda: self._send(request), type(request).__name__, within)

    async def read_replies(self) -> None:
        """Hand out replies until the other side closes the connection."""
        await read_frames(self._stream, self._framing.feed, self._take)

    def _take(self, frame: Frame) -> None:
        self._requests.answer(frame.command_id, self._status(frame))

    async def read_states(self) -> None:
        """Take states until the socket is closed; older ones than the newest are dropped."""
        newest = -1
        while True:
            data, sender = await self._socket.receive()
            state = self._state(data)
            if state.message_id > newest:
                newest = state.message_id
                self._came(data, sender)
                self.states.put(state)

    def _came(self, data: bytes, sender: tuple[str, int]) -> None:
        """Prepare for the state in ``data`` (a hook)."""

    @abstractmethod
    def _encode(self, request: RequestT, command_id: int) -> Frame:
        """Encode a request as a frame (a hook)."""

    @abstractmethod
    def _status(self, frame: Frame) -> int:
        """Return the status in a reply (a hook)."""

    @abstractmethod
    def _state(self, data: bytes) -> StateT:
        """Decode a state from its datagram (a hook)."""


class RobotLink(FciLink[robot.Request, Report]):
    """The link to the robot."""

    final: asyncio.Future[int] | None = None
    """The status that the Move which was started last will end with."""
    datagram = b""
    """The newest state, as it came."""
    _robot = ("", 0)
    _started = -1

    def __init__(
        self,
        device: str,
        stream: ByteStream,
        socket: Datagram,
        noticed: Callable[[Report], None],
        silent: Callable[[str], None],
    ) -> None:
        super().__init__(device, "state from the robot", stream, socket, robot_framing(device), noticed, silent)

    async def connect(self) -> tuple[int, int] | None:
        """Introduce this side; return status and version of the server, None when the server closes the connection."""
        reply = await self._introduce(robot.Connect(robot.VERSION, self.port))
        return None if reply is None else robot.decode_connected(reply)

    def send(self, datagram: bytes) -> None:
        """Answer the newest state."""
        self._socket.send(datagram, self._robot)

    @override
    def _take(self, frame: Frame) -> None:
        started = frame.command == robot.Command.MOVE and self._status(frame) == robot.MoveStatus.MOTION_STARTED
        if started and frame.command_id == self._started:
            return  # the first reply again: a motion starts once
        super()._take(frame)
        if started:
            # A Move has two replies, and the second may be in the same bytes, before the first has been awaited.
            self._started = frame.command_id
            self.final = self._requests.expect(frame.command_id)

    @override
    def _came(self, data: bytes, sender: tuple[str, int]) -> None:
        self.datagram, self._robot = data, sender

    @override
    def _encode(self, request: robot.Request, command_id: int) -> Frame:
        return robot.encode_request(request, command_id)

    @override
    def _status(self, frame: Frame) -> int:
        return robot.decode_status(frame)

    @override
    def _state(self, data: bytes) -> Report:
        return Report(data)


class HandLink(FciLink[gripper.Request, GripperState]):
    """The link to the hand."""

    def __init__(
        self, device: str, stream: ByteStream, socket: Datagram, noticed: Callable[[GripperState], None]
    ) -> None:
        framing = gripper_framing(device)
        super().__init__(device, "state from the hand", stream, socket, framing, noticed, lambda _why: None)

    async def connect(self) -> tuple[int, int] | None:
        """Introduce this side; return status and version of the server, None when the server closes the connection."""
        reply = await self._introduce(gripper.Connect(gripper.VERSION, self.port))
        return None if reply is None else gripper.decode_connected(reply)

    @override
    def _encode(self, request: gripper.Request, command_id: int) -> Frame:
        return gripper.encode_request(request, command_id)

    @override
    def _status(self, frame: Frame) -> int:
        return gripper.decode_status(frame)

    @override
    def _state(self, data: bytes) -> GripperState:
        return GripperState.decode(data)
