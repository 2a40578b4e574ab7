"""A virtual agent in memory and virtual time with its driver, and agents that say whatever a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from cellkit_mtconnect.config import MTConnectConfig
from cellkit_mtconnect.driver import MTConnectMachine
from cellkit_mtconnect.virtual import VirtualAgent
from mtconnect_documents import STREAM_HEAD_1, part_1

from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.timing import run
from cellkit.transport import ByteStream, FaultyNetwork, LinkFaults, MemoryNetwork

HOST, PORT = "127.0.0.70", 5000


class Bench:
    """A machine, its agent, and a driver that was not connected yet."""

    def __init__(self, **config: Any) -> None:
        self.network, self.faults = MemoryNetwork(), LinkFaults()
        self.tool = MachineTool(MachineTimes())
        self.virtual = VirtualAgent(self.tool)
        told = MTConnectConfig(host=HOST, **config)
        self.machine = MTConnectMachine("machine", told, FaultyNetwork(self.network, self.faults))

    def switch(self, line: str) -> None:
        word, *rest = line.split()
        self.virtual.switches()[word](*rest)


@contextlib.asynccontextmanager
async def bench(connect: bool = True, schema: str = "", **config: Any) -> AsyncIterator[Bench]:
    found = Bench(**config)
    await found.virtual.start(found.network, HOST)
    if schema:
        found.switch(f"schema {schema}")
    try:
        if connect:
            await found.machine.connect()
        yield found
    finally:
        await found.machine.close()
        await found.virtual.stop()


def played(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test in virtual time."""

    def play(**given: Any) -> None:
        run(asyncio.wait_for(test(**given), 600.0))  # type: ignore[arg-type]

    play.__name__, play.__doc__, play.__module__ = test.__name__, test.__doc__, test.__module__
    play.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]
    return play


Answer = bytes | float
"""What is sent, or how long (s) nothing is; after the last one the connection is closed."""
FOREVER = 1e6


def document(body: bytes, status: str = "200 OK", head: bytes = b"Content-Type: text/xml\r\n") -> list[Answer]:
    """A whole answer, ended by closing, as agents that speak HTTP/1.0 do."""
    return [b"HTTP/1.0 " + status.encode() + b"\r\n" + head + b"\r\n" + body]


def stream(*parts: bytes | float) -> list[Answer]:
    """An endless answer: documents, and pauses in s."""
    return [STREAM_HEAD_1, *(part if isinstance(part, float) else part_1(part) for part in parts)]


class Script:
    """An agent that answers from a script; the last answer of a call is repeated. ``asked`` is what was asked."""

    def __init__(self, **answers: list[list[Answer]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def serve(self, connection: ByteStream) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            data = await connection.read()
            if not data:
                return
            request += data
        target = request.split()[1].decode()
        self.asked.append(target)
        call = target.partition("?")[0].rpartition("/")[2]
        waiting = self.answers[call]
        for piece in waiting.pop(0) if len(waiting) > 1 else waiting[0]:
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                connection.write(piece)
                await connection.drain()


@contextlib.asynccontextmanager
async def scripted(script: Script, connect: bool = True, **config: Any) -> AsyncIterator[MTConnectMachine]:
    network = MemoryNetwork()
    listener = await network.listen(HOST, PORT, script.serve)
    machine = MTConnectMachine("machine", MTConnectConfig(host=HOST, **config), network)
    try:
        if connect:
            await machine.connect()
        yield machine
    finally:
        await machine.close()
        listener.close()
