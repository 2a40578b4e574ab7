"""A third party's connections to a virtual device are bounded and keep no driver out: every driver with TCP ports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cellkit import registry
from cellkit.controller.virtual_device import CLIENTS, FIRST_WORD
from cellkit.devices import Arm, Lifecycle
from cellkit.quality import wire_drivers
from cellkit.supervision.readings import read
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run
from cellkit.transport import ByteStream
from cellkit.transport.streams import UNREAD

SILENT = 300
REPORT = 135  # bytes of a report of port 30003, which sends 100 in a second
DEVICES = sorted(
    {
        (spec.name, wire.kind)
        for spec in wire_drivers()
        for wire in spec.wires
        if spec.rig is not None and wire.virtual is not None and spec.name != "vacuum"  # by signals, without a port
    }
)


async def opened(rig: WireDeviceRig) -> list[ByteStream]:
    """Open connections to every TCP port of the device, and send nothing."""
    streams = []
    for name, end in rig.virtual.ENDPOINTS.items():
        for _ in range(SILENT if end.transport == "tcp" else 0):
            streams.append(await rig.network.connect("127.0.0.1", rig.virtual.ports[name]))
    await asyncio.sleep(0.1)
    return streams


def is_open(stream: ByteStream) -> bool:
    return not stream.ended  # type: ignore[attr-defined]


@pytest.mark.parametrize("beforehand", [False, True], ids=["others first", "driver first"])
@pytest.mark.parametrize(("driver", "kind"), DEVICES)
def test_connections_that_send_nothing_keep_no_driver_out(driver: str, kind: str, beforehand: bool) -> None:
    async def main() -> None:
        rig: Any = registry.load_object(str(registry.driver(driver).rig))().rig(kind, None)  # type: ignore[operator]
        await rig.start()
        ports = sum(end.transport == "tcp" for end in rig.virtual.ENDPOINTS.values())
        if not ports:
            await rig.finish()
            pytest.skip("this device has no TCP port")
        if beforehand:
            await rig.device.connect()
        others = await opened(rig)
        assert sum(map(is_open, others)) <= CLIENTS * ports
        if not beforehand:
            await asyncio.sleep(FIRST_WORD)  # that long, a device that serves one client waits for its first word
        await rig.device.connect()
        await read(rig.device)
        if isinstance(rig.device, Arm):
            goal = rig.true_joints().copy()
            goal[0] += 0.05
            await rig.device.move_joint(goal)
        assert rig.device.lifecycle is Lifecycle.OPEN
        await rig.close()
        for stream in others:
            stream.close()
        await rig.finish()

    run(main())


def test_a_client_that_does_not_read_is_disconnected() -> None:
    """A report port sends whether its client reads or not; what waits for it is bounded."""

    async def main() -> None:
        rig: Any = registry.load_object(str(registry.driver("ufactory").rig))().rig("arm", None)  # type: ignore[operator]
        await rig.start()
        stream = await rig.network.connect("127.0.0.1", rig.virtual.ports["report_real"])
        largest, end = 0, now() + 2 * UNREAD / (REPORT * 100.0)
        while now() < end and not stream.transport.is_closing():
            await asyncio.sleep(10.0)
            largest = max(largest, stream.transport._size)
        assert stream.transport.is_closing(), f"{largest} bytes wait for a client that does not read"
        await rig.finish()

    run(main())
