"""A client that says whatever a test wants, over the virtual controller in memory and virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from cellkit_fanuc.rig import FanucRig

from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream

HOST = "127.0.0.1"
SETTLE = 0.001  # s of cell time in which an answer that is given at once arrives


class Raw:
    """One connection; what comes is read in the background."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.came: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self.ended = False
        self._buffer = b""
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(Exception):
            while data := await self.stream.read():
                *lines, self._buffer = (self._buffer + data).split(b"\r\n")
                self.came += [json.loads(line) for line in lines]
                self._news.set()
        self.ended = True

    def send(self, packet: dict[str, Any] | bytes) -> None:
        self.stream.write(packet if isinstance(packet, bytes) else json.dumps(packet).encode() + b"\r\n")

    async def ask(self, packet: dict[str, Any] | bytes, within: float = SETTLE) -> dict[str, Any]:
        """Send, and return the one answer."""
        before = len(self.came)
        self.send(packet)
        await asyncio.sleep(within)
        answers = self.came[before:]
        if isinstance(packet, dict) and "Instruction" not in packet:
            answers = [one for one in answers if "Instruction" not in one]  # those of lines may come at any time
        assert len(answers) == 1, f"{packet!r}: {self.came[before:]}"
        return answers[0]

    async def code(self, packet: dict[str, Any] | bytes) -> int:
        """The ``ErrorID`` of the answer."""
        return int((await self.ask(packet))["ErrorID"])

    async def command(self, name: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask({"Command": name, **fields})
        assert answer["ErrorID"] == 0, answer
        return answer

    async def until(self, wanted: Callable[[dict[str, Any]], bool], within: float = 60.0) -> dict[str, Any]:
        """Wait for a packet that has not been there before."""
        seen = len(self.came)
        async with asyncio.timeout(within):
            while not any(wanted(packet) for packet in self.came[seen:]):
                self._news.clear()
                await self._news.wait()
        return next(packet for packet in self.came[seen:] if wanted(packet))

    async def done(self, sequence: int, within: float = 60.0) -> dict[str, Any]:
        return await self.until(lambda packet: packet.get("SequenceID") == sequence, within)

    async def close(self) -> None:
        self.stream.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@contextlib.asynccontextmanager
async def controller(model: str = "crx-10ia") -> AsyncIterator[tuple[WireDeviceRig, Raw]]:
    """A virtual controller and a client with a session at it."""
    rig = FanucRig().rig("arm", model)
    assert isinstance(rig, WireDeviceRig)
    await rig.start()
    raw = await session(rig)
    try:
        yield rig, raw
    finally:
        await raw.close()
        await rig.finish()


async def session(rig: WireDeviceRig, endpoint: str = "motion") -> Raw:
    return Raw(await rig.network.connect(HOST, rig.virtual.ports[endpoint]))


def in_cell_time(test: Callable[[WireDeviceRig, Raw], Coroutine[Any, Any, None]], model: str = "crx-10ia") -> None:
    """Run a test with a controller and a client."""

    async def play() -> None:
        async with controller(model) as (rig, raw):
            await test(rig, raw)

    run(play())


def angles(*degrees: float) -> dict[str, float]:
    return {f"J{number}": value for number, value in enumerate(degrees, 1)}


def joint(sequence: int, target: dict[str, float], **changes: Any) -> dict[str, Any]:
    """A joint motion; ``None`` takes a field away."""
    return _changed(
        {
            "Instruction": "FRC_JointMotionJRep",
            "SequenceID": sequence,
            "JointAngle": target,
            "SpeedType": "Percent",
            "Speed": 50,
            "TermType": "FINE",
            "TermValue": 100,
        },
        changes,
    )


def linear(
    sequence: int, position: dict[str, float], configuration: dict[str, int] | None = None, **changes: Any
) -> dict[str, Any]:
    """A straight line; ``None`` takes a field away."""
    return _changed(
        {
            "Instruction": "FRC_LinearMotion",
            "SequenceID": sequence,
            "Configuration": configuration or bits(),
            "Position": position,
            "SpeedType": "mmSec",
            "Speed": 200,
            "TermType": "FINE",
            "TermValue": 100,
        },
        changes,
    )


def bits(**changes: int) -> dict[str, int]:
    keys = ("UToolNumber", "UFrameNumber", "Front", "Up", "Left", "Flip", "Turn4", "Turn5", "Turn6")
    return {**dict(zip(keys, (1, 0, 1, 1, 0, 0, 0, 0, 0), strict=True)), **changes}


def shifted(position: dict[str, float], **by: float) -> dict[str, float]:
    return {**position, **{key: position[key] + value for key, value in by.items()}}


def _changed(packet: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**packet, **changes}.items() if value is not None}
