"""A virtual controller in memory, and a bare RTDE client that says exactly what a test wants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from cellkit_ur.protocol.dashboard import LineReader
from cellkit_ur.protocol.fields import Layout, Value
from cellkit_ur.protocol.rtde import (
    Data,
    FrameReader,
    Reply,
    Request,
    RequestProtocol,
    SetupInputs,
    SetupOutputs,
    Start,
    decode_reply,
    encode_request,
)
from cellkit_ur.virtual import VirtualUr

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.world import WorldSettings, create_world
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import run
from cellkit.transport import ByteStream, MemoryNetwork

HOST = "127.0.0.1"


class Bench:
    """A started controller over a kinematic arm."""

    def __init__(self, model: str) -> None:
        self.network = MemoryNetwork()
        self.world = create_world("kinematic", WorldSettings())
        self.model = load_arm(model)
        mount = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
        self.plant = self.world.add_arm("arm", self.model, mount).arm
        self.kernel = ArmController("arm", self.model, self.plant)
        self.virtual = VirtualUr(self.kernel)

    async def stream(self, endpoint: str) -> ByteStream:
        return await self.network.connect(HOST, self.virtual.ports[endpoint])

    async def board(self) -> Board:
        board = Board(await self.stream("dashboard"))
        assert (await board.line()).startswith("Connected")
        return board

    async def rtde(self, *, version: bool = True) -> Rtde:
        client = Rtde(await self.stream("rtde"))
        if version:
            await client.ask(RequestProtocol(2))
        return client

    async def script(self, text: str, endpoint: str = "realtime") -> ByteStream:
        stream = await self.stream(endpoint)
        stream.write(text.encode())
        return stream


class Board:
    """The Dashboard, line by line."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._reader = LineReader()
        self._lines: list[str] = []

    async def line(self) -> str:
        while not self._lines:
            self._lines += self._reader.feed(await self.stream.read())
        return self._lines.pop(0)

    async def ask(self, command: str) -> str:
        self.stream.write(command.encode() + b"\n")
        return await self.line()


class Rtde:
    """RTDE without any convenience."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.layout: Layout | None = None
        self._reader = FrameReader()
        self._replies: list[Reply] = []

    def send(self, request: Request) -> None:
        self.stream.write(encode_request(request))

    async def reply(self) -> Reply:
        while not self._replies:
            data = await self.stream.read()
            if not data:
                raise EOFError
            self._replies += [decode_reply(kind, payload) for kind, payload in self._reader.feed(data)]
        return self._replies.pop(0)

    async def ask(self, request: Request) -> Reply:
        self.send(request)
        return await self.reply()

    async def outputs(self, *names: str, frequency: float = 500.0) -> None:
        recipe: Any = await self.ask(SetupOutputs(frequency, names))
        self.layout = Layout(names, recipe.types)
        await self.ask(Start())

    async def inputs(self, *names: str) -> Callable[..., None]:
        recipe: Any = await self.ask(SetupInputs(names))
        assert recipe.number, recipe
        layout = Layout(names, recipe.types)

        def write(*values: Value) -> None:
            self.send(Data(recipe.number, layout.pack(values)))

        return write

    async def values(self) -> tuple[Value, ...]:
        """The next data package, flat."""
        assert self.layout is not None
        while True:
            reply = await self.reply()
            if isinstance(reply, Data):
                return self.layout.unpack(reply.values)

    async def fields(self) -> dict[str, tuple[Value, ...]]:
        """The newest data package by field."""
        await asyncio.sleep(0.01)
        self._replies = [one for one in self._replies if not isinstance(one, Data)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.0):
                await self.stream.read()
        values = await self.values()
        assert self.layout is not None
        return {name: values[place] for name, place in self.layout.places.items()}


def played(test: Callable[[Bench], Coroutine[Any, Any, None]], model: str = "ur5e") -> None:
    """Run a test in virtual time on a fresh bench."""

    async def main() -> None:
        async with bench(model) as one:
            async with asyncio.timeout(120.0):
                await test(one)

    run(main())


@contextlib.asynccontextmanager
async def bench(model: str = "ur5e") -> AsyncIterator[Bench]:
    """A fresh bench, taken down again."""
    one = Bench(model)
    await one.virtual.start(one.network, HOST)
    try:
        yield one
    finally:
        await one.virtual.stop()
        one.world.close()
