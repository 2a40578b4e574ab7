"""A virtual gripper in memory and virtual time, and a bare client of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cellkit_robotiq.driver import RobotiqGripper
from cellkit_robotiq.rig import RobotiqRig
from cellkit_robotiq.virtual import VirtualRtu, VirtualUrcap

from cellkit.devices import Workpiece
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream

PART = Workpiece("test part", "box", (0.04, 0.06, 0.04), 0.1, 0.8)


class Bench:
    """``gripper`` is our driver; ``ask`` and ``send`` are a client of their own that says what a test wants.

    A serial line has one user: ``hang_up`` before the driver connects.
    """

    def __init__(self, rig: WireDeviceRig, protocol: str) -> None:
        self.rig = rig
        self.gripper: RobotiqGripper[Any] = rig.device
        assert isinstance(rig.virtual, VirtualUrcap | VirtualRtu)
        self.virtual: VirtualUrcap | VirtualRtu = rig.virtual
        self.hand = rig.virtual.hand
        self._serial = protocol == "modbus-rtu"
        self._raw: ByteStream | None = None

    async def send(self, data: bytes) -> ByteStream:
        if self._raw is None:
            network = self.rig.network
            if self._serial:
                self._raw = await network.serial(self.virtual.lines["rtu"], 115200)
            else:
                self._raw = await network.connect("127.0.0.1", 63352)
        self._raw.write(data)
        return self._raw

    async def ask(self, data: bytes, patience: float = 0.2) -> bytes | None:
        """What comes after ``data``; None: silence."""
        stream = await self.send(data)
        try:
            async with asyncio.timeout(patience):
                return await stream.read()
        except TimeoutError:
            return None

    def hang_up(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    async def activate(self) -> None:
        """Without the driver."""
        self.hand.set("ACT", 1)
        await asyncio.sleep(4.0)


def with_bench(protocol: str, test: Callable[[Bench], Coroutine[Any, Any, None]], model: str = "2f-85") -> None:
    async def main() -> None:
        rig = RobotiqRig(protocol=protocol).rig("jaws", model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        bench = Bench(rig, protocol)
        try:
            await test(bench)
        finally:
            await rig.device.close()
            bench.hang_up()
            await rig.finish()

    run(main())
