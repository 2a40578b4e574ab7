"""The gripper server of the virtual controller: homing, grasp, move and stop over any pair of jaws."""

from __future__ import annotations

import asyncio
import contextlib
import math
from functools import partial

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.errors import ProtocolError, TransportError
from cellkit.timing import Periodic
from cellkit.transport import ByteStream, Network
from cellkit_franka.protocol import gripper as protocol
from cellkit_franka.protocol.framing import gripper_framing
from cellkit_franka.protocol.gripper import Command, Status
from cellkit_franka.virtual_jaws import MAX_WIDTH

STATE_PERIOD = 0.01
"""s between two states; an assumption, the vendor names no figure."""
HOMING_SPEED = 0.05
FORCE = 40.0
REACHED = 1e-3
TEMPERATURE = 30
"""m/s, N, m and deg C; assumptions as well."""
HOLDING = 1e-6
"""N above which the fingers press on something."""


class GripperServer:
    """One hand; any number of clients one after the other, one at a time."""

    def __init__(self, jaws: JawPlant) -> None:
        self.jaws = jaws
        self.max_width = MAX_WIDTH
        self.version = protocol.VERSION
        self.homed = True
        """Whether it knows its fingers; it refuses to move until it does."""
        self._grasped = False
        self._running: asyncio.Task[None] | None = None
        self._taken = False

    async def serve(self, stream: ByteStream, network: Network, host: str) -> None:
        """One connection, to its end. A second one at the same time is closed at once."""
        if self._taken:
            return
        self._taken = True
        socket = await network.datagram(host)
        beats: list[Periodic] = []
        framing = gripper_framing()
        number = 0

        def report(port: int) -> None:
            nonlocal number
            number += 1
            state = self.jaws.state()
            held = self._grasped and state.force > HOLDING
            datagram = protocol.GripperState(number, state.width, self.max_width, held, TEMPERATURE)
            with contextlib.suppress(TransportError):
                socket.send(datagram.encode(), (stream.peer[0], port))

        try:
            while data := await stream.read():
                for frame in framing.feed(data):
                    request = protocol.decode_request(frame)
                    if isinstance(request, protocol.Connect):
                        fits = request.version == self.version and not beats
                        answer = protocol.encode_connected(frame.command_id, 0 if fits else 1, self.version)
                        stream.write(framing.encode(answer))
                        if fits:
                            beats.append(Periodic(STATE_PERIOD, partial(report, request.udp_port)))
                    elif not beats:
                        raise ProtocolError("franka gripper", "a command before Connect")
                    else:
                        await self._take(request, frame.command_id, stream)
        finally:
            for beat in beats:
                beat.close()
            socket.close()
            await self._end()
            self._taken = False

    async def _take(self, request: protocol.Request, command_id: int, stream: ByteStream) -> None:
        """End the running command and start a new one; Stop only ends the running command."""
        await self._end()
        if isinstance(request, protocol.Stop):
            self.jaws.halt()
            _reply(stream, Command.STOP, command_id, Status.SUCCESS)
            return
        self._running = asyncio.get_running_loop().create_task(self._run(request, command_id, stream))

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None and not running.done():
            running.cancel()
            await asyncio.wait({running})

    async def _run(self, request: protocol.Request, command_id: int, stream: ByteStream) -> None:
        command = {protocol.Homing: Command.HOMING, protocol.Grasp: Command.GRASP, protocol.MoveTo: Command.MOVE}[
            type(request)
        ]
        status = Status.ABORTED
        try:
            if isinstance(request, protocol.Homing):
                status = await self._home()
            elif isinstance(request, protocol.Grasp):
                status = await self._grasp(request)
            elif isinstance(request, protocol.MoveTo):
                status = await self._move(request)
        finally:
            with contextlib.suppress(TransportError):
                _reply(stream, command, command_id, status)

    async def _home(self) -> Status:
        self._grasped, self.homed = False, True
        for width in (0.0, self.max_width):
            await self.jaws.drive(width, HOMING_SPEED, FORCE)
        return Status.SUCCESS

    async def _move(self, request: protocol.MoveTo) -> Status:
        if not self._sound(request.width, request.speed):
            return Status.FAIL
        self._grasped = False
        state = await self.jaws.drive(request.width, request.speed, FORCE)
        return Status.SUCCESS if abs(state.width - request.width) <= REACHED else Status.UNSUCCESSFUL

    async def _grasp(self, request: protocol.Grasp) -> Status:
        if not self._sound(request.width, request.speed) or not request.force > 0.0:
            return Status.FAIL
        self._grasped = False
        closing = request.width <= self.jaws.state().width
        state = await self.jaws.drive(0.0 if closing else self.max_width, request.speed, request.force)
        fits = request.width - request.inner < state.width < request.width + request.outer
        self._grasped = fits and state.force > HOLDING
        return Status.SUCCESS if self._grasped else Status.UNSUCCESSFUL

    def _sound(self, width: float, speed: float) -> bool:
        return self.homed and 0.0 <= width <= self.max_width and 0.0 < speed < math.inf


def _reply(stream: ByteStream, command: Command, command_id: int, status: Status) -> None:
    stream.write(gripper_framing().encode(protocol.encode_status(command, command_id, status)))
