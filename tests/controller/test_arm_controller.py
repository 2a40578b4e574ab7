"""The controller's kernel: queue, stops, override, modes, faults, servo. All judged at the plant."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from ideal_plant import IdealPlant

from cellkit.controller.arm_controller import REDUCED_SPEED, SETTLE_TIME, ArmController
from cellkit.devices import (
    Fault,
    JointMotion,
    LinearMotion,
    Load,
    OperationalMode,
    SafetyStatus,
    StopCategory,
    Tool,
)
from cellkit.errors import CommandRejected, DeviceFault, EmergencyStop, MotionAborted, PlanningError, ProtectiveStop
from cellkit.geometry import Array, Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run

LOOK = 0.004


class Cell:
    """A controller over an ideal plant, and what was seen of the plant."""

    def __init__(self, queue_depth: int = 8) -> None:
        self.model = load_arm("ur5e")
        self.home = np.array(self.model.home)
        self.plant = IdealPlant(self.home)
        self.controller = ArmController("arm", self.model, self.plant, queue_depth=queue_depth)
        self.limits = self.controller.kinematics.limits

    def at(self, by: float) -> Array:
        """Joints ``by`` rad from home, the elbow the other way: it has no room on this side."""
        return self.home + by * np.array([1.0, 1.0, -1.0, 1.0, 1.0, 1.0])

    def to(self, by: float, speed: float = 1.0) -> JointMotion:
        return JointMotion(self.at(by), speed, 1.0)

    def up(self, z: float = 0.15, y: float = 0.1, speed: float = 0.5) -> LinearMotion:
        pose = Pose(self.controller.kinematics.forward(self.home), "base").shifted(y=y, z=z)
        return LinearMotion(pose, speed, 4.0)

    @property
    def joints(self) -> Array:
        return self.plant.state().position

    def lasts(self, category: StopCategory) -> float:
        """The time that a stop from the present motion takes by the law of the arm's model."""
        state = self.plant.state()
        return self.controller.stops[category].duration(state.position, state.velocity, Load())

    def tcp(self, joints: Array) -> Array:
        return np.asarray(self.controller.kinematics.forward(joints)[:3, 3])

    async def seen(self, until: asyncio.Future[Any]) -> Array:
        """(m, n) positions, one every 4 ms, until something ends."""
        found = [self.joints]
        while not until.done():
            await asyncio.wait({until}, timeout=LOOK)
            found.append(self.joints)
        return np.array(found)


def played(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test; an error that no caller receives fails it, too."""
    unheard: list[Any] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
        await main()

    run(watched())
    gc.collect(1)
    assert not unheard


def with_cell(test: Callable[[Cell], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def play() -> None:
        played(lambda: test(Cell()))

    play.__name__ = test.__name__
    return play


def off_line(points: Array, start: Array, end: Array) -> float:
    """How far points (m, k) are from the straight line through two others."""
    direction = (end - start) / np.linalg.norm(end - start)
    across = (points - start) - np.outer((points - start) @ direction, direction)
    return float(np.linalg.norm(across, axis=1).max())


# --- queue --------------------------------------------------------------------------------------------------------


@with_cell
async def test_motions_are_carried_out_in_their_order_without_a_gap(cell: Cell) -> None:
    ends: list[tuple[int, float]] = []
    futures = []
    for number, by in enumerate((0.5, -0.2, 0.1)):
        future = cell.controller.submit(cell.to(by))
        future.add_done_callback(lambda _, number=number: ends.append((number, now())))
        futures.append(future)
    assert cell.controller.queued == 2
    for future, by in zip(futures, (0.5, -0.2, 0.1), strict=True):
        await future
        assert cell.joints == pytest.approx(cell.at(by), abs=1e-9)
    assert [number for number, _ in ends] == [0, 1, 2]
    await asyncio.sleep(0)
    assert not cell.controller.moving


def test_the_loop_may_wake_somebody_a_moment_before_a_motions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two timers nearly at once are carried out together: the later one's motion is over all the same."""

    async def main() -> None:
        cell = Cell()
        await cell.controller.submit(cell.to(0.2))
        end = cell.controller._player.end()
        with monkeypatch.context() as early:
            early.setattr("cellkit.controller.arm_controller.now", lambda: end - 5e-10)
            assert not cell.controller.moving
            motion = cell.controller.submit(cell.to(0.0))
        await motion

    played(main)


def test_a_full_queue_refuses() -> None:
    async def main() -> None:
        cell = Cell(queue_depth=2)
        futures = [cell.controller.submit(cell.to(by)) for by in (0.1, 0.2, 0.3)]
        with pytest.raises(CommandRejected, match=r"the motion queue is full \(2 motions\)"):
            cell.controller.submit(cell.to(0.4))
        await futures[0]
        futures.append(cell.controller.submit(cell.to(0.4)))
        await asyncio.gather(*futures)
        assert cell.joints == pytest.approx(cell.at(0.4))

    played(main)


@with_cell
async def test_a_motion_that_cannot_be_planned_ends_what_was_queued_behind_it(cell: Cell) -> None:
    first = cell.controller.submit(cell.to(0.3))
    far = LinearMotion(Pose.from_rpy((9.0, 0.0, 0.0)), 0.5, 1.0)
    bad, last = cell.controller.submit(far), cell.controller.submit(cell.to(0.0))
    await first
    with pytest.raises(PlanningError):
        await bad
    with pytest.raises(MotionAborted, match="queued before it"):
        await last
    with pytest.raises(PlanningError):
        await cell.controller.submit(far)
    assert not cell.controller.moving


@with_cell
async def test_a_motion_to_where_the_arm_is_is_done_at_once(cell: Cell) -> None:
    await cell.controller.submit(cell.to(0.0))
    assert now() == pytest.approx(0.0, abs=1e-6)


# --- stops --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", [StopCategory.TWO, StopCategory.ONE])
@pytest.mark.parametrize("moment", [0.02, 0.15, 0.3, 0.45])
def test_controlled_stops_stay_on_the_path(category: StopCategory, moment: float) -> None:
    async def main() -> None:
        for linear in (False, True):
            cell = Cell()
            motion = cell.up() if linear else cell.to(1.0)
            future = cell.controller.submit(motion)
            await asyncio.sleep(moment)
            stopping = asyncio.ensure_future(cell.controller.stop(category))
            seen = await cell.seen(stopping)
            with pytest.raises(MotionAborted):
                await future
            assert cell.controller.powered is (category is StopCategory.TWO)
            rest = cell.joints
            await asyncio.sleep(1.0)
            assert np.array_equal(cell.joints, rest)
            if isinstance(motion, LinearMotion):
                points = np.array([cell.tcp(joints) for joints in seen])
                assert off_line(points, cell.tcp(cell.home), motion.goal.position) < 1e-4
            else:
                assert off_line(seen, cell.home, cell.at(1.0)) < 1e-9
            speeds = np.diff(seen, axis=0) / LOOK
            assert np.abs(np.diff(speeds[:-1], axis=0) / LOOK).max() <= 1.25 * cell.limits.acceleration.max()

    played(main)


@with_cell
async def test_category_0_brakes_every_joint_on_its_own_and_cuts_the_power(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    expected, began = cell.lasts(StopCategory.ZERO), now()
    await cell.controller.stop(StopCategory.ZERO)
    assert now() - began == pytest.approx(expected)
    assert not cell.plant.state().velocity.any()
    assert not cell.controller.powered
    with pytest.raises(MotionAborted):
        await future
    with pytest.raises(CommandRejected, match="drive power is off"):
        cell.controller.submit(cell.to(0.0))
    await cell.controller.reset()
    await cell.controller.submit(cell.to(0.0))


@pytest.mark.parametrize("first", [StopCategory.TWO, StopCategory.ONE])
@pytest.mark.parametrize("second", [StopCategory.ZERO, StopCategory.ONE])
def test_a_sharper_stop_takes_over_from_a_milder_one(first: StopCategory, second: StopCategory) -> None:
    """Above all: an emergency stop during a soft stop must end with the power off."""

    async def main() -> None:
        cell = Cell()
        future = cell.controller.submit(cell.to(1.5))
        await asyncio.sleep(0.3)
        milder = asyncio.ensure_future(cell.controller.stop(first))
        await asyncio.sleep(0.02)
        moment, expected = now(), cell.lasts(StopCategory.ZERO)
        assert np.abs(cell.plant.state().velocity).max() > 0.5
        await cell.controller.stop(second)
        if second is StopCategory.ZERO:
            assert now() - moment == pytest.approx(expected)
        await milder
        assert not cell.controller.powered
        assert not cell.plant.state().velocity.any()
        with pytest.raises(MotionAborted):
            await future

    played(main)


@with_cell
async def test_a_milder_stop_changes_nothing_about_a_sharper_one(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    sharper = asyncio.ensure_future(cell.controller.stop(StopCategory.ZERO))
    await asyncio.sleep(0.01)
    await cell.controller.stop(StopCategory.TWO)
    assert sharper.done() or not cell.controller.moving
    await sharper
    assert not cell.controller.powered
    with pytest.raises(MotionAborted):
        await future


@with_cell
async def test_an_emergency_stop_during_a_soft_stop_cuts_the_power(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    soft = asyncio.ensure_future(cell.controller.stop())
    await asyncio.sleep(0.02)
    cell.controller.press_emergency_stop()
    await soft
    assert not cell.controller.powered
    with pytest.raises(MotionAborted):
        await future


@with_cell
async def test_motions_are_refused_while_a_stop_is_under_way(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    stopping = asyncio.ensure_future(cell.controller.stop())
    await asyncio.sleep(0.01)
    with pytest.raises(CommandRejected, match="a stop is under way"):
        cell.controller.submit(cell.to(0.0))
    await stopping
    await cell.controller.submit(cell.to(0.0))
    with pytest.raises(MotionAborted):
        await future


@with_cell
async def test_a_stop_that_nobody_awaits_any_more_is_finished(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    stopping = asyncio.ensure_future(cell.controller.stop())
    await asyncio.sleep(0.01)
    stopping.cancel()
    await asyncio.sleep(2.0)
    assert not cell.controller.moving
    assert not cell.plant.state().velocity.any()
    with pytest.raises(MotionAborted):
        await future


@with_cell
async def test_stopping_an_idle_arm_is_harmless(cell: Cell) -> None:
    for category in (StopCategory.TWO, StopCategory.TWO, StopCategory.ONE, StopCategory.ZERO):
        await cell.controller.stop(category)
        assert np.array_equal(cell.joints, cell.home)
    assert now() == pytest.approx(0.0, abs=1e-6)


@with_cell
async def test_a_stop_flushes_the_queue(cell: Cell) -> None:
    futures = [cell.controller.submit(cell.to(by)) for by in (1.0, 0.5, 0.0)]
    await asyncio.sleep(0.1)
    await cell.controller.stop()
    for future in futures:
        with pytest.raises(MotionAborted):
            await future
    assert cell.controller.queued == 0


# --- speed override -----------------------------------------------------------------------------------------------


@with_cell
async def test_the_override_may_change_at_any_moment(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    watching = asyncio.ensure_future(cell.seen(future))
    for share in (0.5, 0.1, 0.9, 0.0, 1.0, 0.3):
        await asyncio.sleep(0.07)
        cell.controller.set_speed_override(share)
    await future
    seen = await watching
    assert cell.joints == pytest.approx(cell.at(1.0), abs=1e-9)
    assert off_line(seen, cell.home, cell.at(1.0)) < 1e-9
    assert (np.diff(seen[:, 0]) >= -1e-12).all(), "the arm never goes back"


@with_cell
async def test_a_lower_override_takes_longer(cell: Cell) -> None:
    await cell.controller.submit(cell.to(1.0))
    full = now()
    cell.controller.set_speed_override(0.5)
    await cell.controller.submit(cell.to(0.0))
    assert now() - full == pytest.approx(2 * full, rel=1e-6)


@with_cell
async def test_override_zero_holds_until_stopped_or_raised(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.1)
    cell.controller.set_speed_override(0.0)
    await asyncio.sleep(100.0)
    assert cell.controller.moving
    assert not future.done()
    rest, began = cell.joints, now()
    await cell.controller.stop()
    assert now() == pytest.approx(began, abs=1e-6)
    assert np.array_equal(cell.joints, rest)
    with pytest.raises(MotionAborted):
        await future
    waiting = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(10.0)
    assert not waiting.done()
    cell.controller.set_speed_override(1.0)
    await waiting
    assert cell.joints == pytest.approx(cell.at(1.0))


@with_cell
async def test_an_override_during_a_stop_does_not_disturb_it(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.5))
    await asyncio.sleep(0.3)
    stopping = asyncio.ensure_future(cell.controller.stop())
    await asyncio.sleep(0.01)
    cell.controller.set_speed_override(0.5)
    await stopping
    rest = cell.joints
    await asyncio.sleep(1.0)
    assert np.array_equal(cell.joints, rest)
    with pytest.raises(MotionAborted):
        await future


# --- modes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("linear", [False, True])
def test_manual_reduced_speed_keeps_the_tcp_at_250_mm_per_s(linear: bool) -> None:
    async def main() -> None:
        cell = Cell()
        await cell.controller.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        future = cell.controller.submit(cell.up(speed=1.0) if linear else cell.to(1.0))
        seen = await cell.seen(future)
        points = np.array([cell.tcp(joints) for joints in seen])
        speeds = np.linalg.norm(np.diff(points, axis=0), axis=1) / LOOK
        assert speeds.max() <= REDUCED_SPEED * 1.02
        assert speeds.max() >= REDUCED_SPEED * 0.9
        await cell.controller.set_mode(OperationalMode.AUTOMATIC)
        before = now()
        await cell.controller.submit(cell.to(0.0))
        assert now() - before < 1.0

    played(main)


@with_cell
async def test_changing_the_mode_stops_what_moves(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.2)
    changing = asyncio.ensure_future(cell.controller.set_mode(OperationalMode.MANUAL_REDUCED_SPEED))
    await asyncio.sleep(0)
    with pytest.raises(CommandRejected):
        cell.controller.submit(cell.to(0.0))
    await changing
    with pytest.raises(MotionAborted, match="the mode changed to MANUAL_REDUCED_SPEED"):
        await future
    assert not cell.plant.state().velocity.any()
    assert cell.controller.mode is OperationalMode.MANUAL_REDUCED_SPEED


@with_cell
async def test_freedrive_and_motions_exclude_each_other(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(0.5))
    await asyncio.sleep(0.1)
    with pytest.raises(CommandRejected, match="freedrive is refused while a motion runs"):
        cell.controller.set_freedrive(True)
    cell.controller.set_freedrive(False)  # it is off: nothing may happen
    await future
    assert cell.joints == pytest.approx(cell.at(0.5))
    cell.controller.set_freedrive(True)
    with pytest.raises(CommandRejected, match="freedrive is on"):
        cell.controller.submit(cell.to(0.0))
    cell.controller.set_freedrive(False)
    await cell.controller.submit(cell.to(0.0))


# --- safety and faults --------------------------------------------------------------------------------------------


@with_cell
async def test_a_protective_stop_flushes_the_queue_and_stays_until_reset(cell: Cell) -> None:
    changes: list[SafetyStatus] = []
    cell.controller.on_change(lambda: changes.append(cell.controller.safety))
    futures = [cell.controller.submit(cell.to(by)) for by in (1.0, 0.5, 0.0)]
    await asyncio.sleep(0.2)
    cell.controller.protective_stop("a fence was opened")
    for future in futures:
        with pytest.raises(ProtectiveStop, match="a fence was opened"):
            await future
    with pytest.raises(ProtectiveStop):
        cell.controller.submit(cell.to(0.0))
    await cell.controller.reset()
    assert not cell.plant.state().velocity.any(), "reset waits for the stop"
    assert cell.controller.powered
    await cell.controller.submit(cell.to(0.0))
    assert changes == [SafetyStatus.PROTECTIVE_STOP, SafetyStatus.NORMAL]


@with_cell
async def test_an_emergency_stop_stays_until_it_is_released_and_reset(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.2)
    cell.controller.press_emergency_stop()
    with pytest.raises(EmergencyStop):
        await future
    with pytest.raises(EmergencyStop, match="still pressed"):
        await cell.controller.reset()
    assert not cell.controller.powered
    cell.controller.protective_stop()
    assert cell.controller.safety is SafetyStatus.EMERGENCY_STOP, "the graver one is reported"
    cell.controller.release_emergency_stop()
    with pytest.raises(EmergencyStop):
        cell.controller.submit(cell.to(0.0))
    await cell.controller.reset()
    assert cell.controller.safety is SafetyStatus.NORMAL
    await cell.controller.submit(cell.to(0.0))


@with_cell
async def test_an_emergency_stop_during_a_reset_is_not_cleared(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.2)
    cell.controller.protective_stop()
    resetting = asyncio.ensure_future(cell.controller.reset())
    await asyncio.sleep(0.01)
    cell.controller.press_emergency_stop()
    with pytest.raises(EmergencyStop):
        await resetting
    assert cell.controller.safety is SafetyStatus.EMERGENCY_STOP
    with pytest.raises(ProtectiveStop):
        await future


@with_cell
async def test_faults_are_cleared_if_they_can_be(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.2)
    cell.controller.raise_fault(Fault("E1", "a drive is hot"))
    with pytest.raises(DeviceFault, match="E1") as caught:
        await future
    assert caught.value.code == "E1"
    with pytest.raises(DeviceFault):
        cell.controller.submit(cell.to(0.0))
    await cell.controller.reset()
    await cell.controller.submit(cell.to(0.0))
    cell.controller.raise_fault(Fault("E2", "a gear is broken", recoverable=False))
    cell.controller.raise_fault(Fault("E1", "a drive is hot"))
    with pytest.raises(DeviceFault, match="E2"):
        await cell.controller.reset()
    assert cell.controller.fault is not None
    assert cell.controller.fault.code == "E2"


@with_cell
async def test_an_arm_that_does_not_arrive_is_a_following_error(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    await asyncio.sleep(0.2)
    cell.plant.offset[2] = 0.02
    with pytest.raises(DeviceFault, match=r"joint 3 is 1\.15 deg off its command") as caught:
        await future
    assert caught.value.code == "following-error"
    assert cell.controller.fault is not None
    await asyncio.sleep(0.1)
    assert not cell.controller.powered
    cell.plant.offset[2] = 0.0
    await cell.controller.reset()
    await cell.controller.submit(cell.to(0.0))


@with_cell
async def test_an_arm_that_arrives_late_is_waited_for(cell: Cell) -> None:
    future = cell.controller.submit(cell.to(1.0))
    cell.plant.offset[2] = 0.02
    late = SETTLE_TIME / 2
    await asyncio.sleep(0.3)
    end = cell.controller._player.end()  # no other way to know it before
    asyncio.get_running_loop().call_at(end + late, lambda: cell.plant.offset.fill(0.0))
    await future
    assert end + late <= now() <= end + late + 0.01


# --- servo --------------------------------------------------------------------------------------------------------


@with_cell
async def test_servo_follows_set_points_without_a_jump_in_speed(cell: Cell) -> None:
    """Also when the override changes on the way."""
    speeds = []
    for i in range(150):
        if i == 50:
            cell.controller.set_speed_override(0.4)
        if i == 100:
            cell.controller.set_speed_override(1.0)
        cell.controller.servo(cell.at(0.3 * np.sin(i * 0.05)))
        for _ in range(2):
            await asyncio.sleep(LOOK)
            speeds.append(cell.plant.state().velocity)
    steps = np.abs(np.diff(speeds, axis=0)).max(axis=0)
    assert (steps <= 1.05 * cell.limits.acceleration * LOOK).all(), f"{steps / cell.limits.acceleration / LOOK}"


@with_cell
async def test_servo_and_motions_exclude_each_other(cell: Cell) -> None:
    cell.controller.servo(cell.at(0.5))
    await asyncio.sleep(0.05)
    assert cell.controller.moving
    with pytest.raises(CommandRejected, match="follows servo set-points"):
        cell.controller.submit(cell.to(0.0))
    await cell.controller.stop()
    assert not cell.controller.moving
    future = cell.controller.submit(cell.to(0.0))
    await asyncio.sleep(0.01)
    with pytest.raises(CommandRejected, match="a motion runs"):
        cell.controller.servo(cell.home)
    await future


@with_cell
async def test_servo_ends_at_its_last_set_point(cell: Cell) -> None:
    cell.controller.servo(cell.at(0.2))
    await asyncio.sleep(0.1)
    cell.controller.servo(cell.at(0.1))
    await asyncio.sleep(2.0)
    assert cell.joints == pytest.approx(cell.at(0.1))
    assert not cell.controller.moving
    await cell.controller.submit(cell.to(0.0))


@with_cell
async def test_servo_at_override_zero_brings_the_arm_to_rest(cell: Cell) -> None:
    cell.controller.servo(cell.at(1.0))
    await asyncio.sleep(0.2)
    cell.controller.set_speed_override(0.0)
    cell.controller.servo(cell.at(1.0))
    await asyncio.sleep(2.0)
    rest = cell.joints
    assert not cell.plant.state().velocity.any()
    assert np.abs(rest - cell.at(1.0)).max() > 0.1
    cell.controller.servo(cell.at(1.0))
    await asyncio.sleep(1.0)
    assert cell.joints == pytest.approx(rest)


@with_cell
async def test_servo_is_capped_in_manual_reduced_speed(cell: Cell) -> None:
    await cell.controller.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    points = []
    for _ in range(200):
        cell.controller.servo(cell.at(1.0))
        await asyncio.sleep(LOOK)
        points.append(cell.tcp(cell.joints))
    speeds = np.linalg.norm(np.diff(points, axis=0), axis=1) / LOOK
    assert speeds.max() <= REDUCED_SPEED * 1.05


# --- tool ---------------------------------------------------------------------------------------------------------


@with_cell
async def test_the_tcp_is_that_of_the_tool(cell: Cell) -> None:
    bare = cell.controller.tcp(cell.plant.state())
    tool = Tool("pen", Pose.from_rpy((0.0, 0.0, 0.1), frame="flange"), Load(0.2))
    cell.controller.set_load(tool, Load())
    assert cell.controller.tcp(cell.plant.state()).distance(bare.offset(z=0.1)) == pytest.approx((0.0, 0.0), abs=1e-9)
    goal = bare.offset(z=0.1).shifted(z=0.05)
    await cell.controller.submit(LinearMotion(goal, 0.5, 2.0))
    assert cell.controller.tcp(cell.plant.state()).distance(goal) == pytest.approx((0.0, 0.0), abs=1e-5)
