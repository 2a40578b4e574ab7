"""A virtual Compute Box in memory and virtual time, a client that says whatever a test wants, and own drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cellkit_onrobot.config import RgConfig, VgConfig
from cellkit_onrobot.driver import RgGripper
from cellkit_onrobot.protocol import rg, vg
from cellkit_onrobot.protocol.box import TOOL
from cellkit_onrobot.rig import OnRobotRig
from cellkit_onrobot.vacuum import VgGripper
from cellkit_onrobot.virtual import VirtualRg, VirtualVg

from cellkit.devices import Workpiece
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream, FaultyNetwork
from cellkit.transport.modbus import Table

HOST, PORT = "127.0.0.1", 502
PART = Workpiece("test part", "box", (0.04, 0.06, 0.04), 0.1, 0.8)


class Raw:
    """One connection to the box."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._received = b""
        self._number = 0

    async def exact(self, data: bytes) -> bytes | None:
        """The next frame after ``data`` was sent, byte for byte; None: silence."""
        self.stream.write(data)
        return await self.frame()

    async def frame(self, patience: float = 0.5) -> bytes | None:
        try:
            async with asyncio.timeout(patience):
                while len(self._received) < 6 or len(self._received) < 6 + self._length():
                    more = await self.stream.read()
                    if not more:
                        raise EOFError
                    self._received += more
        except TimeoutError:
            return None
        size = 6 + self._length()
        frame, self._received = self._received[:size], self._received[size:]
        return frame

    def _length(self) -> int:
        return int.from_bytes(self._received[4:6], "big")

    async def ask(self, pdu: str, unit: int = 65) -> str | None:
        """A reply to a request, both without their headers, in hex; None: silence."""
        self._number += 1
        body = bytes((unit, *bytes.fromhex(pdu)))
        reply = await self.exact(self._number.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(2, "big") + body)
        if reply is None:
            return None
        assert reply[:7] == self._number.to_bytes(2, "big") + b"\0\0" + (len(reply) - 6).to_bytes(2, "big") + body[:1]
        return reply[7:].hex(" ")

    async def read(self, address: int, count: int = 1) -> list[int]:
        reply = bytes.fromhex(await self.ask(f"03 {address:04x} {count:04x}") or "")
        assert reply[0] == 3, f"registers {address} to {address + count - 1}: {reply.hex(' ')}"
        return [int.from_bytes(reply[at : at + 2], "big") for at in range(2, len(reply), 2)]

    async def write(self, address: int, *values: int) -> None:
        registers = "".join(f"{value:04x}" for value in values)
        reply = await self.ask(f"10 {address:04x} {len(values):04x} {2 * len(values):02x} {registers}")
        assert reply is not None
        assert reply.startswith("10"), f"{values} to {address}: {reply}"

    async def status(self) -> rg.RgStatus:
        return rg.decode_status(await self.read(rg.STATUS, rg.STATUS_COUNT))

    async def vacuum(self) -> vg.VgStatus:
        return vg.decode_status(await self.read(vg.VACUUM, 2))


class Bench:
    """The virtual box of one gripper; ``rig.world`` and ``rig.device_bench`` have the mechanics."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.virtual: Any = rig.virtual

    @property
    def hand(self) -> Any:
        assert isinstance(self.virtual, VirtualRg)
        return self.virtual.hand

    @property
    def pump(self) -> Any:
        assert isinstance(self.virtual, VirtualVg)
        return self.virtual.pump

    async def client(self) -> Raw:
        return Raw(await self.rig.network.connect(HOST, PORT))

    def gripper(self, **settings: Any) -> RgGripper:
        network = FaultyNetwork(self.rig.network, self.rig.faults)
        return RgGripper("gripper", self.rig.model, RgConfig(**settings), network)  # type: ignore[arg-type]

    def suction(self, **settings: Any) -> VgGripper:
        network = FaultyNetwork(self.rig.network, self.rig.faults)
        return VgGripper("gripper", self.rig.model, VgConfig(**settings), network)  # type: ignore[arg-type]

    def put_part(self) -> None:
        bench = self.rig.device_bench
        bench.bench.put_part(PART, self.rig.device.grasp(PART))


class Altered:
    """A tool that tells something else than it is, in the registers from ``first`` on; None: it has them not."""

    def __init__(self, tool: Any, first: int, values: Sequence[int] | None) -> None:
        self._tool, self._first, self._values = tool, first, values

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        if address == self._first:
            if self._values is None:
                raise KeyError(address)
            return self._values
        found: Sequence[int] = self._tool.read(table, address, count)
        return found

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._tool.write(table, address, values)


def alter(table: Bench, first: int, values: Sequence[int] | None) -> None:
    """From now on the tool tells ``values``."""
    units = table.virtual._units
    units[TOOL] = Altered(units[TOOL], first, values)


def bench(test: Callable[[Bench], Coroutine[Any, Any, None]], model: str = "rg2") -> None:
    """Run a test over a fresh box with the gripper named."""

    async def play() -> None:
        kind = "vacuum" if model.startswith("v") else "jaws"
        rig = OnRobotRig().rig(kind, model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        try:
            async with asyncio.timeout(600.0):
                await test(Bench(rig))
        finally:
            await rig.finish()

    run(play(), speed="max")
