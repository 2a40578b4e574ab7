"""What grippers decide themselves: parts that fit, where they are grasped, and what losing one means."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import numpy as np
import pytest

from cellkit.devices import Grip, JawsState, ParallelGripper, VacuumGripper, VacuumState, Workpiece
from cellkit.devices.parallel_gripper import OPENING, TIP_CLEARANCE
from cellkit.errors import CommandRejected, DeviceBusy, GraspLost, LimitViolation, MotionAborted
from cellkit.geometry import Pose
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import load_gripper
from cellkit.timing import now, run


class Jaws(ParallelGripper):
    """Jaws that take half a second, and find what ``between`` says."""

    def __init__(self, between: float = 0.0) -> None:
        model = load_gripper("2f-85")
        assert isinstance(model, ParallelGripperModel)
        super().__init__("jaws", model)
        self.width, self.between = model.stroke.known(), between
        self.drives: list[tuple[float, float, float]] = []

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        self.drives.append((width, speed, force))
        await asyncio.sleep(0.5)
        self.width = max(width, self.between)
        return await self._read_state()

    async def _read_state(self) -> JawsState:
        return JawsState(now(), self.width, 0.0, False)

    async def _stop(self) -> None: ...
    async def _connect(self) -> None: ...
    async def _close(self) -> None: ...

    def slip(self) -> None:
        self._part_lost()


class Cup(VacuumGripper):
    def __init__(self) -> None:
        model = load_gripper("vacuum")
        assert isinstance(model, VacuumGripperModel)
        super().__init__("cup", model)

    async def _switch(self, on: bool) -> VacuumState:
        return VacuumState(now(), 6e4 if on else 0.0, on)

    async def _read_state(self) -> VacuumState:
        return await self._switch(True)

    async def _stop(self) -> None: ...
    async def _connect(self) -> None: ...
    async def _close(self) -> None: ...


def box(x: float = 0.04, y: float = 0.06, z: float = 0.05, mass: float = 0.2, friction: float = 0.6) -> Workpiece:
    return Workpiece("box", "box", (x, y, z), mass, friction)


# --- guard --------------------------------------------------------------------------------------------------------


def test_guard_ends_what_is_awaited_when_the_part_is_lost() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())
            asyncio.get_running_loop().call_later(1.0, jaws.slip)
            with pytest.raises(GraspLost, match="the part was lost"):
                async with jaws.guard():
                    await asyncio.sleep(10.0)
            assert now() == pytest.approx(1.5)
            assert not jaws.holding
            await asyncio.sleep(1.0)  # no cancellation is left over

    run(main())


def test_guard_needs_a_part() -> None:
    async def main() -> None:
        async with Jaws() as jaws:
            result = await jaws.grip()
            assert result.grip is Grip.NO_PART
            with pytest.raises(GraspLost, match="no part is held"):
                async with jaws.guard():
                    pytest.fail("the block must not begin")

    run(main())


def test_guard_hears_of_a_loss_in_the_last_step_of_its_block() -> None:
    """The block asks for a state, that shows the loss, and the block is over: the cancel must not strike later."""

    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())
            with pytest.raises(GraspLost):
                async with jaws.guard():
                    jaws.slip()
            await asyncio.sleep(1.0)
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0

    run(main())


def test_guard_lets_a_cancel_from_outside_through() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())

            async def carry() -> None:
                async with jaws.guard():
                    await asyncio.sleep(10.0)

            task = asyncio.ensure_future(carry())
            await asyncio.sleep(1.0)
            task.cancel()
            jaws.slip()
            await asyncio.wait({task})
            assert task.cancelled()

    run(main())


def test_guard_leaves_errors_of_the_block_and_no_cancel_behind() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())
            with pytest.raises(ZeroDivisionError):  # noqa: PT012
                async with jaws.guard():
                    try:
                        jaws.slip()
                        await asyncio.sleep(1.0)
                    except asyncio.CancelledError:
                        raise ZeroDivisionError from None
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            async with asyncio.timeout(5.0):
                await asyncio.sleep(1.0)

    run(main())


def test_guards_of_two_grippers_are_told_apart() -> None:
    async def main() -> None:
        async with Jaws(0.04) as one, Jaws(0.04) as two:
            await one.grip(box())
            await two.grip(box())
            asyncio.get_running_loop().call_later(1.0, one.slip)
            with pytest.raises(GraspLost):
                async with one.guard(), two.guard():
                    await asyncio.sleep(10.0)
            assert two.holding

    run(main())


# --- holding ------------------------------------------------------------------------------------------------------


def test_a_release_that_is_refused_leaves_the_part_held() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())
            gripping = asyncio.ensure_future(jaws.grip(box()))
            await asyncio.sleep(0.1)
            with pytest.raises(DeviceBusy):
                await jaws.release()
            assert jaws.holding
            await gripping
            with pytest.raises(CommandRejected):
                await jaws.release(timeout=-1.0)
            assert jaws.holding
            await jaws.release()
            assert not jaws.holding

    run(main())


def test_jaws_that_are_moved_hold_nothing_any_more() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            assert (await jaws.grip(box())).held
            await jaws.move(0.08)
            assert not jaws.holding
            with pytest.raises(GraspLost, match="no part is held"):
                async with jaws.guard():
                    pass

    run(main())


def test_a_grip_that_is_stopped_holds_nothing() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            gripping = asyncio.ensure_future(jaws.grip(box()))
            await asyncio.sleep(0.1)
            await jaws.stop()
            with pytest.raises(MotionAborted):
                await gripping
            assert not jaws.holding

    run(main())


@pytest.mark.parametrize(("between", "grip"), [(0.04, Grip.PART), (0.0, Grip.NO_PART), (0.05, Grip.WRONG_WIDTH)])
def test_grip_tells_what_it_found(between: float, grip: Grip) -> None:
    async def main() -> None:
        async with Jaws(between) as jaws:
            result = await jaws.grip(box())
            assert result.grip is grip
            assert result.held == jaws.holding == (grip is Grip.PART)
            assert result.measure == between

    run(main())


def test_release_opens_no_further_than_the_part_needs() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box())
            await jaws.release(box())
            await jaws.release()
            widths = [width for width, _, _ in jaws.drives]
            assert widths == pytest.approx([0.0, 0.04 + OPENING, jaws.model.stroke.known()])

    run(main())


# --- parts that do not suit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "figures"),
    [
        (box(x=0.08, y=0.09), ("80 mm wide", "92 mm of opening", "opens 85 mm")),
        (box(mass=9.0, friction=5.0), ("9 kg", "5 kg payload")),
        (box(mass=4.0, friction=0.05), ("785 N per pad", "gives 235 N")),
    ],
)
def test_jaws_refuse_a_part_with_both_figures(part: Workpiece, figures: tuple[str, ...]) -> None:
    async def main() -> None:
        async with Jaws() as jaws:
            for command in (jaws.grip, jaws.release):
                with pytest.raises(LimitViolation) as caught:
                    await command(part)
                for figure in figures:
                    assert figure in str(caught.value)
            assert jaws.drives == []

    run(main())


@pytest.mark.parametrize(
    ("part", "figures"),
    [
        (box(x=0.03), ("face of 30 mm", "needs 40 mm")),
        (box(x=0.1, y=0.1, mass=2.5), ("2.5 kg", "2 kg payload")),
    ],
)
def test_a_cup_refuses_a_part_with_both_figures(part: Workpiece, figures: tuple[str, ...]) -> None:
    async def main() -> None:
        async with Cup() as cup:
            with pytest.raises(LimitViolation) as caught:
                await cup.grip(part)
            for figure in figures:
                assert figure in str(caught.value)

    run(main())


# --- where parts are grasped --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y", "across"), [(0.03, 0.06, 0), (0.06, 0.03, 1), (0.04, 0.04, 0)])
def test_jaws_close_across_the_narrower_side_from_above(x: float, y: float, across: int) -> None:
    grasp = Jaws().grasp(box(x, y))
    closing = np.abs(grasp.rotation[:, 0])
    assert closing[across] == pytest.approx(1.0)
    assert grasp.rotation[:, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-12)
    assert grasp.frame == "part"


@pytest.mark.parametrize("height", [0.002, 0.01, 0.03, 0.2])
def test_fingertips_keep_clear_of_what_the_part_stands_on(height: float) -> None:
    jaws = Jaws()
    model = jaws.model
    overhang = max(0.0, model.body_size[2] + model.finger_size[2] - model.tcp)
    tip = jaws.grasp(box(z=height)).position[2] - overhang
    assert tip >= -height / 2 + TIP_CLEARANCE - 1e-12


def test_a_cup_sits_on_the_middle_of_the_top() -> None:
    grasp = Cup().grasp(box(0.1, 0.1, 0.03))
    assert grasp.position == pytest.approx([0.0, 0.0, 0.015])
    assert grasp.rotation[:, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-12)


@pytest.mark.parametrize(("size", "count"), [((0.03, 0.06, 0.02), 2), ((0.04, 0.04, 0.02), 4)])
def test_all_turns_that_leave_a_box_alike_are_offered(size: tuple[float, float, float], count: int) -> None:
    part = Workpiece("part", "box", size, 0.1, 0.6)
    lying = Pose.from_rpy((0.4, 0.1, 0.05), (0.0, 0.0, 0.7), frame="tray")
    poses = Jaws().grasp_poses(part, lying)
    assert len(poses) == count
    for pose in poses:
        assert pose.frame == "tray"
        assert pose.position[:2] == pytest.approx([0.4, 0.1])
        assert pose.rotation[:, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-12)
    turns = [poses[0].distance(pose)[1] for pose in poses]
    assert sorted(turns)[-1] == pytest.approx(math.pi)
    assert len({round(turn, 6) for turn in turns}) == (2 if count == 2 else 3)


def test_cylinders_are_offered_every_30_degrees() -> None:
    part = Workpiece("pin", "cylinder", (0.03, 0.03, 0.05), 0.1, 0.6)
    poses = Jaws().grasp_poses(part, Pose.from_rpy((0.4, 0.0, 0.05), frame="world"))
    assert len(poses) == 12


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": math.nan}, "width nan mm"),
        ({"width": 0.09}, "width 90 mm is outside 0 to 85 mm"),
        ({"width": 0.01, "speed": 9.0}, "speed 9 m/s is outside"),
        ({"width": 0.01, "force": 1e4}, "force 10000 N is outside"),
        ({"width": 0.01, "force": math.nan}, "force nan N is outside"),
    ],
)
def test_jaws_refuse_numbers_out_of_range(options: dict[str, Any], words: str) -> None:
    async def main() -> None:
        async with Jaws() as jaws:
            with pytest.raises(LimitViolation, match=words):
                await jaws.move(**options)
            assert jaws.drives == []

    run(main())


def test_the_force_follows_the_part() -> None:
    async def main() -> None:
        async with Jaws(0.04) as jaws:
            await jaws.grip(box(mass=0.1))
            await jaws.grip(box(mass=3.0))
            await jaws.grip(box(), force=100.0)
            light, heavy, wanted = (force for _, _, force in jaws.drives)
            assert jaws.model.force_min.known() <= light < heavy <= jaws.model.force_max.known()
            assert wanted == 100.0

    run(main())
