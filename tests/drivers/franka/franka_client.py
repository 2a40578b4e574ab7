"""A bare client of the interface, for tests: it sends exactly what a test asks for, right or wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from cellkit_franka.protocol import robot
from cellkit_franka.protocol.framing import Frame, robot_framing
from cellkit_franka.protocol.robot import Command, Connect, Controller, Generator, Move, Plain, Request
from cellkit_franka.protocol.state import RobotCommand, RobotState
from cellkit_franka.virtual import VirtualFranka

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.world import WorldSettings, create_world
from cellkit.errors import TransportError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run
from cellkit.transport import MemoryNetwork

HOST = "127.0.0.2"
Answer = Callable[[RobotState], RobotCommand | None]


class Client:
    """One connection: states as they come, replies in order, each with the time it came at."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.network = network
        self.states: list[RobotState] = []
        self.replies: list[tuple[int, int, int]] = []
        self.answer: Answer = lambda _: None
        self.closed = False
        self._id = 0
        self._framing = robot_framing()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, version: int = robot.VERSION, introduce: bool = True) -> None:
        self.stream = await self.network.connect(HOST, 1337)
        self.socket = await self.network.datagram(HOST)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read()), loop.create_task(self._listen())]
        if introduce:
            self.send(Connect(version, self.socket.local[1]))
        await asyncio.sleep(0.0025)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.stream.close()
        self.socket.close()

    def send(self, request: Request) -> int:
        return self.send_frame(robot.encode_request(request, self._id))

    def send_frame(self, frame: Frame) -> int:
        self._id += 1
        self.stream.write(self._framing.encode(frame))
        return self._id - 1

    async def ask(self, request: Request, wait: float = 0.01) -> int:
        """The first status that comes for a request."""
        command_id = self.send(request)
        await asyncio.sleep(wait)
        return self.statuses(command_id)[0]

    def statuses(self, command_id: int) -> list[int]:
        return [status for _, one, status in self.replies if one == command_id]

    async def start(
        self,
        generator: Generator = Generator.JOINT_POSITION,
        controller: Controller = Controller.JOINT_IMPEDANCE,
        answer: Answer | None = None,
    ) -> int:
        """Start a Move that is answered from its first state on."""
        self.answer = lambda state: None if state.generator == Generator.IDLE or answer is None else answer(state)
        command_id = self.send(Move(controller, generator))
        await asyncio.sleep(0.0005)
        return command_id

    async def _read(self) -> None:
        with contextlib.suppress(TransportError):
            while data := await self.stream.read():
                for frame in robot_framing().feed(data):
                    self.replies.append((frame.command, frame.command_id, frame.payload[0]))
        self.closed = True

    async def _listen(self) -> None:
        with contextlib.suppress(TransportError):
            while True:
                data, sender = await self.socket.receive()
                state = RobotState.decode(data)
                self.states.append(state)
                command = self.answer(state)
                if command is not None:
                    self.socket.send(command.encode(), sender)

    @property
    def state(self) -> RobotState:
        return self.states[-1]


@contextlib.asynccontextmanager
async def controller() -> AsyncIterator[tuple[VirtualFranka, MemoryNetwork]]:
    """A virtual controller over a kinematic world, in memory."""
    world = create_world("kinematic", WorldSettings())
    model = load_arm("fr3")
    plant = world.add_arm("arm", model, Pose.from_rpy((0.0, 0.0, 1.0), frame="world")).arm
    virtual = VirtualFranka(ArmController("arm", model, plant))
    network = MemoryNetwork()
    await virtual.start(network, HOST)
    try:
        yield virtual, network
    finally:
        await virtual.stop()
        world.close()


def play(test: Callable[[VirtualFranka, Client], Any], connect: bool = True) -> None:
    """Run a coroutine with a fresh controller and a client that is connected to it."""

    async def main() -> None:
        async with controller() as (virtual, network):
            client = Client(network)
            if connect:
                await client.open()
            try:
                await test(virtual, client)
            finally:
                if connect:
                    client.close()

    run(main())


def joints(values: Sequence[float], by: float = 0.0, joint: int = 3) -> tuple[float, ...]:
    """Seven joints with one of them moved."""
    return tuple(value + (by if place == joint else 0.0) for place, value in enumerate(values))


__all__ = ["Client", "Command", "Plain", "controller", "joints", "now", "play"]
