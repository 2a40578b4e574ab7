"""A virtual WSG on a device bench, bare clients that speak to it byte by byte, and a driver beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from cellkit_weiss.gripper import WsgGripper
from cellkit_weiss.protocol.frames import Frame, FrameReader, encode_frame
from cellkit_weiss.rig import WeissRig
from cellkit_weiss.virtual_wsg import Wsg

from cellkit.devices import Workpiece
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream

PORT = 1000


class Text:
    """A bare client that speaks GCL."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._rest = b""

    async def lines(self, count: int, within: float = 10.0) -> list[str]:
        """The next lines, as they are."""
        async with asyncio.timeout(within):
            while self._rest.count(b"\n") < count:
                data = await self.stream.read()
                assert data, f"closed after {self._rest!r}"
                self._rest += data
        *lines, self._rest = self._rest.split(b"\n", count)
        return [line.decode() for line in lines]

    async def ask(self, line: str, answers: int = 1) -> str:
        """Send a line; the lines that come, with a bar between them."""
        self.stream.write(line.encode() + b"\n")
        return " | ".join(await self.lines(answers))

    async def silent(self, seconds: float) -> bool:
        """Whether nothing comes for a while."""
        with contextlib.suppress(TimeoutError):
            await self.lines(1, seconds)
            return False
        return not self._rest

    async def ready(self) -> None:
        """Home it."""
        assert await self.ask("HOME()", 2) == "ACK HOME | FIN HOME"


class Frames:
    """A bare client that speaks the binary language."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._reader = FrameReader()
        self._come: list[Frame] = []

    async def frames(self, count: int, within: float = 10.0) -> list[Frame]:
        """The next frames."""
        async with asyncio.timeout(within):
            while len(self._come) < count:
                data = await self.stream.read()
                assert data, f"closed after {self._come}"
                self._come += self._reader.feed(data)
        taken, self._come = self._come[:count], self._come[count:]
        return taken

    async def ask(self, command: int, payload: bytes = b"", answers: int = 1) -> list[tuple[int, int, bytes]]:
        """Send a command; the answers as command, status, data."""
        self.stream.write(encode_frame(Frame(command, payload)))
        return [
            (frame.command, int.from_bytes(frame.payload[:2], "little"), frame.payload[2:])
            for frame in await self.frames(answers)
        ]

    async def status(self, command: int, payload: bytes = b"", answers: int = 1) -> int:
        """Of the last answer."""
        return (await self.ask(command, payload, answers))[-1][1]

    async def ready(self) -> None:
        """Home it."""
        assert await self.status(0x20, b"\0", 2) == 0


class Bench:
    """A rig that runs; ``gripper`` is not connected."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.gripper: WsgGripper[Any] = rig.device  # type: ignore[assignment]
        self.virtual: Any = rig.virtual
        self.wsg: Wsg = self.virtual.wsg

    def put_part(self, width: float) -> Workpiece:
        """Between the jaws, where they are."""
        part = Workpiece("part", "box", (width, width + 0.02, 0.04), 0.1, 0.8)
        self.rig.put_part(part)
        return part

    async def text(self) -> Text:
        """Connect a bare client of the text language."""
        return Text(await self.rig.network.connect("127.0.0.1", PORT))

    async def binary(self) -> Frames:
        """Connect a bare client of the binary language."""
        return Frames(await self.rig.network.connect("127.0.0.1", PORT))


@contextlib.asynccontextmanager
async def bench(protocol: str) -> AsyncIterator[Bench]:
    """Everything in memory, and down again afterwards."""
    rig = WeissRig(protocol=protocol).rig("jaws", "wsg-50")
    assert isinstance(rig, WireDeviceRig)
    await rig.start()
    made = Bench(rig)
    try:
        yield made
    finally:
        await made.gripper.close()
        await rig.finish()


def with_text(test: Callable[[Bench, Text], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Return a test that gets a bare client's text connection, in virtual time."""

    async def play() -> None:
        async with bench("gcl") as made:
            await test(made, await made.text())

    return _named(test, play)


def with_binary(test: Callable[[Bench, Frames], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Return a test that gets a bare client's binary connection, in virtual time."""

    async def play() -> None:
        async with bench("binary") as made:
            await test(made, await made.binary())

    return _named(test, play)


def _named(test: Callable[..., Any], play: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def wrapped() -> None:
        run(play())

    wrapped.__name__ = test.__name__
    return wrapped
