"""Shared rules for sensors, signals and machines, and rules for failures of their line.

A driver's test file needs three lines for each kind (see ``arm_contract``). ``LinkFaultRules`` is for wire drivers::

    class TestAcmeForce(ForceTorqueContract, LinkFaultRules):
        driver = "acme"
"""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from cellkit.devices import Lifecycle
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceError, ProtocolError
from cellkit.testing.contract import (
    AT_ONCE,
    GARBAGE,
    LATE,
    NOTICED,
    LifecycleContract,
    assert_lifecycle,
    assert_no_task_is_left,
    raised,
    refused,
    rule,
)
from cellkit.testing.rig import DeviceRig

RigT = TypeVar("RigT", bound=DeviceRig)


class ObservedContract(LifecycleContract[RigT]):
    """The rules of all observed devices. Use a subclass: it states how its kind is read and what it waits for."""

    settling: ClassVar[float] = 0.2
    """s after which a driver must report a change before its device."""

    async def connected(self, rig: RigT) -> Any:
        """Return the device of a rig, connected."""
        await rig.device.connect()
        return rig.device

    def wait(self, device: Any) -> Coroutine[Any, Any, object]:
        """Wait for a value that does not come by itself."""
        raise NotImplementedError

    @rule(safe=True)
    async def test_reading_and_closing_leave_no_task_behind(self, rig: RigT) -> None:
        async with assert_no_task_is_left():
            device = await self.connected(rig)
            await self.ask(device)
            await rig.close()

    @rule
    async def test_a_lost_link_fails_what_waits_and_what_follows(self, rig: RigT) -> None:
        self.needs(rig, "drop_link")
        device = await self.connected(rig)
        waiting = asyncio.ensure_future(self.wait(device))
        await asyncio.sleep(self.settling)
        assert not waiting.done()
        rig.drop_link()
        await raised(waiting, ConnectionLost, AT_ONCE, "the wait during which the link broke")
        await refused(self.ask(device), ConnectionLost, because="reading after the link broke")

    @rule
    async def test_connects_again_after_a_lost_link(self, rig: RigT) -> None:
        self.needs(rig, "drop_link", "restore_link")
        device = await self.connected(rig)
        rig.drop_link()
        await asyncio.sleep(0.1)
        await device.close()
        rig.restore_link()
        await device.connect()
        await self.ask(device)

    @rule
    async def test_closing_ends_what_waits(self, rig: RigT) -> None:
        device = await self.connected(rig)
        waiting = asyncio.ensure_future(self.wait(device))
        await asyncio.sleep(self.settling)
        await device.close()
        await asyncio.wait({waiting}, timeout=AT_ONCE)
        assert waiting.done(), "the device is closed, but a task still waits for it"
        assert isinstance(waiting.exception(), DeviceError)

    @rule
    async def test_two_devices_are_independent(self, rig: RigT) -> None:
        async with self.started() as other:
            await self.connected(rig)
            await self.connected(other)
            await rig.device.close()
            assert_lifecycle(other.device, Lifecycle.OPEN)
            await self.ask(other.device)


class LinkFaultRules:
    """Rules for a wired device whose line is silent, late or sends garbage. Mix it into a contract."""

    @rule
    async def test_silence_is_noticed_and_the_device_comes_back(self: Any, rig: Any) -> None:
        device = await self.connected(rig)
        waiting = asyncio.ensure_future(self.wait(device))
        await asyncio.sleep(self.settling)
        rig.faults.silent = True
        await raised(waiting, ConnectionLost, NOTICED, "the wait during which the line fell silent")
        assert_lifecycle(device, Lifecycle.LOST)
        await refused(self.ask(device), ConnectionLost, because="reading on a silent line")
        await device.close()
        rig.faults.restore()
        await device.connect()
        await self.ask(device)

    @rule
    async def test_a_device_that_never_answers_is_no_connection(self: Any, rig: Any) -> None:
        rig.faults.silent = True
        connecting = asyncio.ensure_future(rig.device.connect())
        await raised(connecting, ConnectionFailed, 3 * NOTICED, "connecting to a device that never answers")
        assert_lifecycle(rig.device, Lifecycle.CLOSED)
        rig.faults.restore()
        await rig.device.connect()
        await self.ask(rig.device)

    @rule
    async def test_a_late_line_still_works_or_is_given_up_in_order(self: Any, rig: Any) -> None:
        device = await self.connected(rig)
        rig.faults.delay = LATE
        await asyncio.sleep(3 * LATE)
        try:
            await self.ask(device)
        except DeviceError as error:
            assert isinstance(error, ConnectionLost), f"a late line: {error!r}"  # noqa: PT017  (or no error at all)
            await device.close()
        rig.faults.restore()
        await device.connect()
        await self.ask(device)

    @rule
    async def test_garbage_never_hangs(self: Any, rig: Any) -> None:
        device = await self.connected(rig)
        rig.faults.garbage(GARBAGE)
        await asyncio.sleep(1.0)
        try:
            await asyncio.wait_for(self.ask(device), 10.0)
        except DeviceError as error:
            assert isinstance(error, ConnectionLost | ProtocolError), f"garbage: {error!r}"  # noqa: PT017
            await device.close()
        rig.faults.restore()
        await device.connect()
        await self.ask(device)
