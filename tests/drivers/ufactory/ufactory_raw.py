"""A client that sends the bytes of a test, over the virtual control box in memory and virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cellkit_ufactory.protocol.frames import FEEDBACK, MODBUS, PRIVATE, Frame, FrameReader, Reply
from cellkit_ufactory.protocol.numbers import Function
from cellkit_ufactory.rig import UfactoryRig
from cellkit_ufactory.virtual import VirtualUfactory

from cellkit.errors import TransportError
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream


class Raw:
    """One connection to the control port. ``feedback`` are the feedback frames that came."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()
        self.feedback: list[Frame] = []
        self.ended = False
        self.transaction = 0
        self.reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        reader = FrameReader()
        try:
            while data := await self.stream.read():
                for frame in reader.feed(data):
                    if frame.function == FEEDBACK:
                        self.feedback.append(frame)
                    else:
                        self.frames.put_nowait(frame)
        except TransportError:
            pass
        self.ended = True

    async def frame(self, function: int, body: bytes = b"", protocol: int = PRIVATE) -> Frame:
        self.transaction += 1
        self.stream.write(Frame(self.transaction, protocol, function, body).encode())
        reply = await asyncio.wait_for(self.frames.get(), 1.0)
        assert (reply.transaction, reply.protocol, reply.function) == (self.transaction, protocol, function)
        return reply

    async def ask(self, function: int, body: bytes = b"", protocol: int = PRIVATE) -> Reply:
        return Reply.of(await self.frame(function, body, protocol))

    async def modbus(self, pdu: bytes) -> bytes:
        return (await self.frame(1, pdu, MODBUS)).body

    async def state(self) -> int:
        return (await self.ask(Function.GET_STATE)).data[0]

    async def error(self) -> tuple[int, int]:
        data = (await self.ask(Function.GET_ERROR)).data
        return data[0], data[1]

    async def mode(self, mode: int) -> None:
        await self.ask(Function.SET_MODE, bytes((mode, 0)))
        assert not (await self.ask(Function.SET_STATE, b"\0")).not_ready


class Bench:
    """The virtual control box, and raw clients of it."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        assert isinstance(rig.virtual, VirtualUfactory)
        self.virtual = rig.virtual
        self.box = rig.virtual.box
        self.clients: list[Raw] = []

    async def client(self) -> Raw:
        raw = Raw(await self.rig.network.connect("127.0.0.1", 502))
        self.clients.append(raw)
        return raw

    async def report(self, port: int) -> bytes:
        """Return the bytes that a report port sends in a quarter of a second."""
        stream = await self.rig.network.connect("127.0.0.1", port)
        await asyncio.sleep(0.25)
        data = await stream.read()
        stream.close()
        return data


def bench(test: Callable[[Bench], Coroutine[Any, Any, None]], model: str = "xarm6") -> None:
    """Run a test over a fresh virtual control box, in virtual time."""

    async def play() -> None:
        rig = UfactoryRig().rig("arm", model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        table = Bench(rig)
        try:
            await test(table)
        finally:
            for client in table.clients:
                client.stream.close()
                await client.reading
            await rig.finish()

    run(play())
