"""The shared parts of all grippers: their rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import pytest

from cellkit.cell.kinds.gripper import GripperBench
from cellkit.devices import Grip, Gripper, Lifecycle, Workpiece
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    GraspLost,
    LimitViolation,
    MotionAborted,
    MotionTimeout,
)
from cellkit.testing.contract import (
    AT_ONCE,
    NOTICED,
    LifecycleContract,
    assert_lifecycle,
    assert_no_task_is_left,
    ending,
    raised,
    refused,
    rule,
)
from cellkit.testing.rig import DeviceRig

GripperRigT = TypeVar("GripperRigT", bound="GripperRig")


class GripperRig(DeviceRig):
    """A gripper on an arm at rest, open or with suction off."""

    bench: GripperBench

    def put_part(self, part: Workpiece) -> None:
        """Put a part where the open gripper grasps it."""
        self.bench.put_part(part, self.device.grasp(part))

    def lose_part(self) -> None:
        """Let the held part slip out or break away."""
        self.bench.take_part()

    @abstractmethod
    def holds_part(self) -> bool:
        """Return whether the plant holds a part now."""


async def carry(gripper: Gripper) -> None:
    """Carry the held part for a minute, under guard."""
    async with gripper.guard():
        await asyncio.sleep(60.0)


class GripperContract(LifecycleContract[GripperRigT]):
    """The rules for all grippers. Use one of the subclasses."""

    settling: ClassVar[float] = 2.0
    """s until the gripper knows the result of its command."""

    async def connected(self, rig: GripperRigT) -> Any:
        """Return the gripper of a rig, connected."""
        await rig.device.connect()
        return rig.device

    def part(self, gripper: Gripper) -> Workpiece:
        """Return a part that suits the gripper well."""
        allowed = gripper.model.payload.value or 1.0
        return Workpiece("test part", "box", self.part_size(gripper), min(0.1, allowed / 4), 0.8)

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """Return the size of that part in m."""
        raise NotImplementedError

    def ask(self, device: Any) -> Coroutine[Any, Any, object]:
        """Read the state of the gripper."""
        state: Coroutine[Any, Any, object] = device.state()
        return state

    @rule(safe=True)
    async def test_refuses_everything_while_it_is_not_connected(self, rig: GripperRigT) -> None:
        gripper = rig.device
        for when in ("before connect()", "after close()"):
            await refused(gripper.grip(), CommandRejected, because=f"grip() {when}")
            await refused(gripper.release(), CommandRejected, because=f"release() {when}")
            await gripper.stop()
            if when == "before connect()":
                await gripper.connect()
                await gripper.close()

    @rule(safe=True)
    async def test_reading_is_in_order_and_leaves_no_task_behind(self, rig: GripperRigT) -> None:
        async with assert_no_task_is_left():
            gripper = await self.connected(rig)
            stamps = [(await gripper.state()).stamp]
            for _ in range(5):
                await asyncio.sleep(0.1)
                stamps.append((await gripper.state()).stamp)
            await gripper.close()
        assert stamps == sorted(stamps), f"a stamp went back: {stamps}"

    @rule
    async def test_grip_finds_a_part_that_is_there(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        result = await gripper.grip(part)
        assert result.grip is Grip.PART
        assert gripper.holding
        assert rig.holds_part(), "the driver reports a held part, but the plant holds none"

    @rule
    async def test_grip_says_so_when_there_is_no_part(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        result = await gripper.grip(self.part(gripper))
        assert result.grip is Grip.NO_PART
        assert not result.held
        assert not gripper.holding

    @rule
    async def test_release_lets_the_part_go(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)
        await gripper.release(part)
        assert not gripper.holding
        assert not rig.holds_part(), "release() has ended, but the plant still holds the part"

    @rule
    async def test_a_lost_part_ends_what_is_guarded(self, rig: GripperRigT) -> None:
        self.needs(rig, "lose_part")
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)
        carrying = asyncio.ensure_future(carry(gripper))
        await asyncio.sleep(1.0)
        assert not carrying.done()
        rig.lose_part()
        await raised(carrying, GraspLost, 0.5, "carrying a part that was lost")
        assert not gripper.holding
        await refused(carry(gripper), GraspLost, because="guard() without a part")

    @rule
    async def test_a_lost_link_ends_what_is_guarded(self, rig: GripperRigT) -> None:
        self.needs(rig, "drop_link")
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)
        carrying = asyncio.ensure_future(carry(gripper))
        await asyncio.sleep(0.1)
        rig.drop_link()
        await raised(carrying, ConnectionLost, NOTICED, "carrying a part after the link was lost")
        await refused(carry(gripper), ConnectionLost, because="guard() without a link")

    @rule(safe=True)
    async def test_refuses_a_part_that_is_too_heavy_with_both_figures(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        allowed = gripper.model.payload.value
        if allowed is None:
            pytest.skip("the model states no payload")
        heavy = Workpiece("anvil", "box", self.part_size(gripper), allowed * 2, 5.0)
        await refused(
            gripper.grip(heavy), LimitViolation, f"{allowed * 2:g}", f"{allowed:g}", because="twice the payload"
        )
        assert not gripper.busy

    @rule
    async def test_a_second_command_is_refused_while_one_runs(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        gripping = asyncio.ensure_future(gripper.grip())
        await asyncio.sleep(0.01)
        assert gripper.busy
        await refused(gripper.release(), DeviceBusy, because="a second command without replace=True")
        await gripper.release(replace=True)
        await raised(gripping, MotionAborted, AT_ONCE, "the replaced command")
        assert not gripper.busy

    @rule
    async def test_stop_ends_the_running_command_and_is_idempotent(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        await gripper.stop()
        gripping = asyncio.ensure_future(gripper.grip())
        await asyncio.sleep(0.02)
        await asyncio.gather(gripper.stop(), gripper.stop())
        await raised(gripping, MotionAborted, AT_ONCE, "a grip that was stopped")
        await gripper.release()
        await gripper.close()
        await gripper.stop()

    @rule
    async def test_cancel_ends_the_running_command(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        gripping = asyncio.ensure_future(gripper.grip())
        await asyncio.sleep(0.02)
        gripping.cancel()
        gripping.cancel()
        error = await ending(gripping, 1.0, "a cancelled grip")
        assert isinstance(error, asyncio.CancelledError), f"a cancelled grip must end cancelled, not with {error!r}"
        assert not gripper.busy
        await gripper.release()

    @rule
    async def test_stop_keeps_a_held_part(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)
        await gripper.stop()
        await asyncio.sleep(1.0)
        assert rig.holds_part(), "stop() dropped the part"
        assert gripper.holding

    @rule
    async def test_a_timeout_raises(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        await refused(
            gripper.grip(timeout=0.01), MotionTimeout, because="a grip with a timeout of a hundredth of a second"
        )
        assert not gripper.busy
        await refused(gripper.grip(timeout=0.0), CommandRejected, because="a timeout of zero")

    @rule
    async def test_a_lost_link_fails_the_running_command_and_later_ones(self, rig: GripperRigT) -> None:
        self.needs(rig, "drop_link")
        gripper = await self.connected(rig)
        gripping = asyncio.ensure_future(gripper.grip())
        await asyncio.sleep(0.02)
        rig.drop_link()
        await raised(gripping, ConnectionLost, AT_ONCE, "the grip during which the link broke")
        await refused(gripper.release(), ConnectionLost, because="release() after the link broke")
        await refused(gripper.stop(), ConnectionLost, because="stop() after the link broke")

    @rule
    async def test_connects_again_after_a_lost_link(self, rig: GripperRigT) -> None:
        self.needs(rig, "drop_link", "restore_link")
        gripper = await self.connected(rig)
        rig.drop_link()
        await asyncio.sleep(0.1)
        await gripper.close()
        rig.restore_link()
        await gripper.connect()
        await gripper.release()

    @rule
    async def test_two_devices_are_independent(self, rig: GripperRigT) -> None:
        async with self.started() as other:
            first, second = await self.connected(rig), await self.connected(other)
            part = self.part(second)
            other.put_part(part)
            await second.grip(part)
            await first.release()
            await first.close()
            assert_lifecycle(second, Lifecycle.OPEN)
            assert second.holding
            assert other.holds_part()
