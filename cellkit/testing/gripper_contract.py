"""The contracts of grippers: parallel jaws and vacuum. Subclasses of three lines (see ``arm_contract``)."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio
import math
from typing import Any, ClassVar, TypeVar

import pytest

from cellkit.devices import Grip, Gripper, Lifecycle, ParallelGripper, Workpiece
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    GraspLost,
    LimitViolation,
    MotionAborted,
    MotionTimeout,
)
from cellkit.testing.contract import AT_ONCE, NOTICED, Contract, assert_lifecycle, each, ending, raised, refused, rule
from cellkit.testing.rig import GripperRig, JawsRig, Kind, VacuumRig

GripperRigT = TypeVar("GripperRigT", bound=GripperRig)


class GripperContract(Contract[GripperRigT]):
    """What both kinds of grippers have to keep. Use one of the subclasses."""

    settling: ClassVar[float] = 2.0
    """s until the gripper knows what it did."""

    async def connected(self, rig: GripperRigT) -> Any:
        """The gripper of a rig, connected."""
        await rig.device.connect()
        return rig.device

    def part(self, gripper: Gripper) -> Workpiece:
        """A part that suits the gripper well."""
        allowed = gripper.model.payload.value or 1.0
        return Workpiece("test part", "box", self.part_size(gripper), min(0.1, allowed / 4), 0.8)

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """Size of that part in m."""
        raise NotImplementedError

    @rule
    async def test_connects_and_closes_twice_cleanly(self, rig: GripperRigT) -> None:
        gripper = rig.device
        for _ in range(2):
            await gripper.connect()
            await gripper.connect()
            assert_lifecycle(gripper, Lifecycle.OPEN)
            await gripper.close()
            await gripper.close()
            assert_lifecycle(gripper, Lifecycle.CLOSED)

    @rule
    async def test_refuses_everything_while_it_is_not_connected(self, rig: GripperRigT) -> None:
        gripper = rig.device
        for when in ("before connect()", "after close()"):
            await refused(gripper.grip(), CommandRejected, because=f"grip() {when}")
            await refused(gripper.release(), CommandRejected, because=f"release() {when}")
            await gripper.stop()
            if when == "before connect()":
                await gripper.connect()
                await gripper.close()

    @rule
    async def test_grip_finds_a_part_that_is_there(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        result = await gripper.grip(part)
        assert result.grip is Grip.PART
        assert gripper.holding
        assert rig.holds_part(), "the driver reports a held part, the mechanics hold none"

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
        assert not rig.holds_part(), "release() has returned, and the mechanics still hold the part"

    @rule
    async def test_a_lost_part_ends_what_is_guarded(self, rig: GripperRigT) -> None:
        self.needs(rig, "lose_part")
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)

        async def carry() -> None:
            async with gripper.guard():
                await asyncio.sleep(60.0)

        carrying = asyncio.ensure_future(carry())
        await asyncio.sleep(1.0)
        assert not carrying.done()
        rig.lose_part()
        await raised(carrying, GraspLost, 0.5, "carrying a part that was lost")
        assert not gripper.holding
        await refused(carry(), GraspLost, because="guard() without a part")

    @rule
    async def test_a_lost_link_ends_what_is_guarded(self, rig: GripperRigT) -> None:
        self.needs(rig, "drop_link")
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        await gripper.grip(part)

        async def carry() -> None:
            async with gripper.guard():
                await asyncio.sleep(60.0)

        carrying = asyncio.ensure_future(carry())
        await asyncio.sleep(0.1)
        rig.drop_link()
        await raised(carrying, ConnectionLost, NOTICED, "carrying a part with a gripper that is not heard of any more")
        await refused(carry(), ConnectionLost, because="guard() without a link")

    @rule
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
        assert rig.holds_part(), "stop() has dropped the part"
        assert gripper.holding

    @rule
    async def test_a_timeout_raises(self, rig: GripperRigT) -> None:
        gripper = await self.connected(rig)
        await refused(gripper.grip(timeout=0.01), MotionTimeout, because="a grip in a hundredth of a second")
        assert not gripper.busy
        await refused(gripper.grip(timeout=0.0), CommandRejected, because="no time at all")

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
            one, two = await self.connected(rig), await self.connected(other)
            part = self.part(two)
            other.put_part(part)
            await two.grip(part)
            await one.release()
            await one.close()
            assert_lifecycle(two, Lifecycle.OPEN)
            assert two.holding
            assert other.holds_part()


class ParallelGripperContract(GripperContract[JawsRig]):
    """Every rule that a driver of a parallel gripper has to keep."""

    kind = Kind.JAWS

    width_tolerance: ClassVar[float] = 5e-4
    """m that the jaws may stand off the width they were sent to."""

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """Half as wide as the stroke."""
        assert isinstance(gripper, ParallelGripper)
        width = gripper.model.stroke.known() / 2
        return (width, 1.5 * width, 0.04)

    @rule
    async def test_move_reaches_its_width(self, rig: JawsRig) -> None:
        gripper = await self.connected(rig)
        stroke = gripper.model.stroke.known()
        for share in (0.5, 0.1, 1.0):
            state = await gripper.move(share * stroke)
            off = abs(rig.true_width() - share * stroke)
            assert off <= self.width_tolerance, f"the jaws stand {off * 1000:.2f} mm off {share * stroke * 1000:.1f} mm"
            assert abs(state.width - rig.true_width()) <= self.width_tolerance

    @rule
    async def test_stop_halts_the_jaws(self, rig: JawsRig) -> None:
        gripper = await self.connected(rig)
        closing = asyncio.ensure_future(gripper.move(0.0, speed=gripper.model.speed_min.known()))
        await asyncio.sleep(0.3)
        await gripper.stop()
        width = rig.true_width()
        await asyncio.sleep(1.0)
        assert abs(rig.true_width() - width) <= self.width_tolerance, "the jaws moved on after stop()"
        assert width > self.width_tolerance, "the jaws were closed before stop() could show anything"
        await raised(closing, MotionAborted, AT_ONCE, "a move that was stopped")

    @rule
    async def test_refuses_widths_speeds_and_forces_out_of_range(self, rig: JawsRig) -> None:
        gripper = await self.connected(rig)
        model, width = gripper.model, rig.true_width()
        stroke = model.stroke.known()
        for command, why in each(
            (gripper.move(-0.001), "a negative width"),
            (gripper.move(stroke + 0.001), "a width above the stroke"),
            (gripper.move(math.nan), "NaN as a width"),
            (gripper.move(0.0, speed=model.speed_max.known() * 1.1), "too high a speed"),
            (gripper.move(0.0, force=model.force_max.known() * 1.1), "too great a force"),
            (gripper.grip(force=math.nan), "NaN as a force"),
            (gripper.grip(force=model.force_min.known() * 0.5), "too small a force"),
        ):
            await refused(command, LimitViolation, because=why)
        await asyncio.sleep(0.5)
        assert abs(rig.true_width() - width) <= self.width_tolerance, "all was refused, and still the jaws have moved"

    @rule
    async def test_refuses_a_part_that_is_too_wide_with_both_figures(self, rig: JawsRig) -> None:
        gripper = await self.connected(rig)
        stroke = gripper.model.stroke.known()
        wide = Workpiece("plank", "box", (stroke + 0.01, stroke + 0.01, 0.02), 0.05, 0.6)
        await refused(
            gripper.grip(wide), LimitViolation, f"{(stroke + 0.01) * 1000:.4g}", f"{stroke * 1000:.4g}",
            because="a part wider than the stroke",
        )  # fmt: skip

    @rule
    async def test_states_are_fresh_and_tell_what_the_jaws_do(self, rig: JawsRig) -> None:
        gripper = await self.connected(rig)
        loop = asyncio.get_running_loop()
        first, began = (await gripper.state()).stamp, loop.time()
        moving = asyncio.ensure_future(gripper.move(0.0, speed=gripper.model.speed_min.known()))
        last = first
        await asyncio.sleep(0.1)
        assert (await gripper.state()).moving, "the jaws move, and their state says they stand"
        while not moving.done():
            await asyncio.sleep(0.1)
            state = await gripper.state()
            assert state.stamp >= last, "the stamp went back"
            last = state.stamp
            age = (loop.time() - began) - (last - first)
            assert abs(age) <= 0.2, f"the stamp is {age:.2f} s behind"
        await moving
        await asyncio.sleep(0.2)
        state = await gripper.state()
        assert not state.moving
        assert abs(state.width - rig.true_width()) <= self.width_tolerance


class VacuumGripperContract(GripperContract[VacuumRig]):
    """Every rule that a driver of a vacuum gripper has to keep."""

    kind = Kind.VACUUM

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """A flat face larger than any cup."""
        return (0.12, 0.12, 0.03)

    @rule
    async def test_states_tell_vacuum_and_part(self, rig: VacuumRig) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        before = await gripper.state()
        assert not before.part_present
        await gripper.grip(part)
        held = await gripper.state()
        assert held.part_present
        assert (held.vacuum is None) == (before.vacuum is None)
        if held.vacuum is not None and before.vacuum is not None:
            assert held.vacuum > before.vacuum
        assert held.stamp > before.stamp
        await gripper.release()
        after = await gripper.state()
        assert not after.part_present
        if after.vacuum is not None and held.vacuum is not None:
            assert after.vacuum < held.vacuum
