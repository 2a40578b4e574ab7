"""The parallel gripper: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
import math
from typing import ClassVar

from typing_extensions import override

from cellkit.devices import Gripper, ParallelGripper, Workpiece
from cellkit.errors import (
    LimitViolation,
    MotionAborted,
)
from cellkit.testing.contract import AT_ONCE, each, raised, refused, rule
from cellkit.testing.kinds.gripper import GripperContract, GripperRig


class ParallelGripperRig(GripperRig):
    """A parallel gripper, wide open."""

    @override
    def holds_part(self) -> bool:
        held: bool = self.bench.plant.state().force > 0.0
        return held

    def true_width(self) -> float:
        """Return the opening width in m at the plant now."""
        width: float = self.bench.plant.state().width
        return width


class ParallelGripperContract(GripperContract[ParallelGripperRig]):
    """Every rule that a driver of a parallel gripper has to keep."""

    kind = "jaws"

    width_tolerance: ClassVar[float] = 5e-4
    """m by which the jaws may be off the requested width."""

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """Return a size half as wide as the stroke."""
        assert isinstance(gripper, ParallelGripper)
        width = gripper.model.stroke.known() / 2
        return (width, 1.5 * width, 0.04)

    @rule
    async def test_move_reaches_its_width(self, rig: ParallelGripperRig) -> None:
        gripper = await self.connected(rig)
        stroke = gripper.model.stroke.known()
        for share in (0.5, 0.1, 1.0):
            state = await gripper.move(share * stroke)
            off = abs(rig.true_width() - share * stroke)
            assert off <= self.width_tolerance, f"the jaws are {off * 1000:.2f} mm off {share * stroke * 1000:.1f} mm"
            assert abs(state.width - rig.true_width()) <= self.width_tolerance

    @rule
    async def test_stop_halts_the_jaws(self, rig: ParallelGripperRig) -> None:
        gripper = await self.connected(rig)
        closing = asyncio.ensure_future(gripper.move(0.0, speed=gripper.model.speed_min.known()))
        await asyncio.sleep(0.3)
        await gripper.stop()
        width = rig.true_width()
        await asyncio.sleep(1.0)
        assert abs(rig.true_width() - width) <= self.width_tolerance, "the jaws moved on after stop()"
        assert width > self.width_tolerance, "the jaws were closed before stop(): the test shows nothing"
        await raised(closing, MotionAborted, AT_ONCE, "a move that was stopped")

    @rule(safe=True)
    async def test_refuses_widths_speeds_and_forces_out_of_range(self, rig: ParallelGripperRig) -> None:
        gripper = await self.connected(rig)
        model, width = gripper.model, await self._width(rig)
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
        assert abs(await self._width(rig) - width) <= self.width_tolerance, (
            "all commands were refused, but the jaws have moved"
        )

    async def _width(self, rig: ParallelGripperRig) -> float:
        """Return the width at the plant; without a bench, the one that the gripper reports."""
        return (await rig.device.state()).width if "true_width" in rig.lacks else rig.true_width()

    @rule(safe=True)
    async def test_refuses_a_part_that_is_too_wide_with_both_figures(self, rig: ParallelGripperRig) -> None:
        gripper = await self.connected(rig)
        stroke = gripper.model.stroke.known()
        wide = Workpiece("plank", "box", (stroke + 0.01, stroke + 0.01, 0.02), 0.05, 0.6)
        await refused(
            gripper.grip(wide), LimitViolation, f"{(stroke + 0.01) * 1000:.4g}", f"{stroke * 1000:.4g}",
            because="a part wider than the stroke",
        )  # fmt: skip

    @rule
    async def test_states_are_fresh_and_tell_what_the_jaws_do(self, rig: ParallelGripperRig) -> None:
        gripper = await self.connected(rig)
        loop = asyncio.get_running_loop()
        first, began = (await gripper.state()).stamp, loop.time()
        moving = asyncio.ensure_future(gripper.move(0.0, speed=gripper.model.speed_min.known()))
        last = first
        await asyncio.sleep(0.1)
        assert (await gripper.state()).moving, "the jaws move, but their state reports that they are at rest"
        while not moving.done():
            await asyncio.sleep(0.1)
            state = await gripper.state()
            assert state.stamp >= last, "the stamp decreased"
            last = state.stamp
            age = (loop.time() - began) - (last - first)
            assert abs(age) <= 0.2, f"the stamp is {age:.2f} s behind"
        await moving
        await asyncio.sleep(0.2)
        state = await gripper.state()
        assert not state.moving
        assert abs(state.width - rig.true_width()) <= self.width_tolerance
