"""The driver over the virtual controller: what goes wrong there arrives as the right error, and there is a way back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np
import pytest
from cellkit_ur.config import UrConfig
from cellkit_ur.control_box import ControlBox
from cellkit_ur.control_interface import CAPACITY, control_program
from cellkit_ur.driver import UrArm
from cellkit_ur.protocol.states import RobotMode, SafetyMode
from ur_bench import HOST, Bench, Board, played

from cellkit.devices import Fault, JointMotion, Load, OperationalMode, SafetyStatus, StopCategory, Tool, Waypoint
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    PlanningError,
    ProtectiveStop,
)
from cellkit.geometry import Pose
from cellkit.timing import now

AWAY = np.array([0.6, 0.3, -0.3, 0.3, 0.3, 0.3])
FOREVER = "def forever():\n  while True:\n    sync()\n  end\nend\n"


@contextlib.asynccontextmanager
async def arm_of(bench: Bench, **config: object) -> AsyncIterator[UrArm]:
    arm = UrArm("arm", bench.model, UrConfig(host=HOST, **config), bench.network)  # type: ignore[arg-type]
    try:
        yield arm
    finally:
        await arm.close()


async def _slow(arm: UrArm) -> asyncio.Task[None]:
    motion = asyncio.ensure_future(arm.move_joint(arm.home + AWAY, speed=0.05))
    await asyncio.sleep(0.5)
    assert not motion.done()
    return motion


def test_a_wire_motion_takes_as_long_as_a_direct_one() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            for speed, acceleration in ((1.0, 1.0), (0.3, 0.5)):
                begun = now()
                await arm.move_joint(arm.home + AWAY, speed=speed, acceleration=acceleration)
                took, begun = now() - begun, now()
                await bench.kernel.submit(JointMotion(arm.home, speed, acceleration))
                assert took == pytest.approx(now() - begun, rel=0.03)

    for model in ("ur5e", "ur3e"):
        played(test, model)


def test_connecting_powers_up_unless_told_not_to() -> None:
    async def test(bench: Bench) -> None:
        box = bench.virtual.box
        box.power_off()
        async with arm_of(bench, power_up=False) as arm:
            await arm.connect()
            assert box.robot_mode is RobotMode.POWER_OFF
            with pytest.raises(CommandRejected, match="POWER_OFF"):
                await arm.move_joint(arm.home)
            await arm.recover()
            await arm.move_joint(arm.home + AWAY)
        box.power_off()
        async with arm_of(bench) as arm:
            await arm.connect()
            await arm.move_joint(arm.home)

    played(test)


def test_the_program_of_somebody_else_is_left_alone_until_the_first_motion() -> None:
    async def test(bench: Bench) -> None:
        await bench.script(FOREVER)
        await asyncio.sleep(0.1)
        async with arm_of(bench) as arm:
            await arm.connect()
            await asyncio.sleep(0.5)
            assert bench.virtual.player.name == "forever"
            await arm.move_joint(arm.home + AWAY)
            assert bench.virtual.player.name == "cellkit_control"

    played(test)


def test_registers_that_somebody_else_owns_are_no_connection() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as one, arm_of(bench) as two:
            await one.connect()
            with pytest.raises(ConnectionFailed, match="IN_USE"):
                await two.connect()
            await one.close()
            await two.connect()
            await two.move_joint(two.home + AWAY)

    played(test)


def test_nobody_there_is_no_connection() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench, rtde_port=4) as arm:
            with pytest.raises(ConnectionFailed, match="RTDE"):
                await arm.connect()
        async with arm_of(bench, dashboard_port=30004) as arm:
            with pytest.raises(ConnectionFailed):
                await arm.connect()

    played(test)


def test_a_program_that_is_stopped_on_the_pendant_aborts_the_motion() -> None:
    async def test(bench: Bench) -> None:
        board: Board = await bench.board()
        async with arm_of(bench) as arm:
            await arm.connect()
            for command in ("stop", "pause"):
                motion = await _slow(arm)
                await board.ask(command)
                with pytest.raises(MotionAborted, match="ended on the robot"):
                    await motion
                await arm.recover()
                await arm.move_joint(arm.home)

    played(test)


def test_the_mode_switch_aborts_the_motion() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            motion = await _slow(arm)
            await bench.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
            with pytest.raises(MotionAborted, match="mode"):
                await motion
            state = await arm.state()
            assert state.mode is OperationalMode.MANUAL_REDUCED_SPEED
            await bench.virtual.set_mode(OperationalMode.AUTOMATIC)
            await asyncio.sleep(0.5)
            await arm.move_joint(arm.home)

    played(test)


def test_power_off_during_a_motion() -> None:
    async def test(bench: Bench) -> None:
        board = await bench.board()
        async with arm_of(bench) as arm:
            await arm.connect()
            motion = await _slow(arm)
            await board.ask("power off")
            with pytest.raises(MotionAborted):
                await motion
            await arm.recover()
            await arm.move_joint(arm.home)

    played(test)


def test_what_the_program_cannot_do_is_told_with_the_controllers_words() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            here = (await arm.state()).tcp

            def refuse(*_: object) -> None:
                raise PlanningError("the path runs through a singularity")

            planner, bench.kernel.planner.plan = bench.kernel.planner.plan, refuse  # type: ignore[method-assign,assignment]
            with pytest.raises(CommandRejected, match="singularity"):
                await arm.move_linear(here.shifted(z=0.05))
            bench.kernel.planner.plan = planner  # type: ignore[method-assign]
            await arm.move_linear(here.shifted(z=0.05))
            assert (await arm.state()).tcp.distance(here.shifted(z=0.05))[0] < 1e-3

    played(test)


@pytest.mark.parametrize("step", range(24))
def test_a_stop_while_a_path_is_handed_over_is_the_last_word(step: int) -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            here = (await arm.state()).tcp
            path = [Waypoint(here.shifted(z=0.01 * i), 0.004) for i in range(1, 6)]
            moving = asyncio.ensure_future(arm.move_path(path, speed=0.1))
            await asyncio.sleep(0.001 * (step + 1))
            await arm.stop()
            at_return = bench.plant.state().position
            with pytest.raises(MotionAborted):
                await moving
            await asyncio.sleep(1.0)
            assert np.abs(bench.plant.state().position - at_return).max() < 1e-4
            await arm.move_joint(arm.home + AWAY)

    played(test)


def test_two_stops_at_the_same_moment_take_no_longer_than_one() -> None:
    """Cancelled and stopped at once: the program finds the second stop alone in its register."""

    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            moving = asyncio.ensure_future(arm.move_joint(arm.home + AWAY, speed=0.1))
            await asyncio.sleep(0.5)
            begun = now()
            moving.cancel()
            await arm.stop()
            assert now() - begun < 1.0
            with pytest.raises(asyncio.CancelledError):
                await moving

    played(test)


def test_a_path_that_is_too_long_is_refused() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            here = (await arm.state()).tcp
            path = [Waypoint(here.shifted(y=0.001 * i), 0.0) for i in range(CAPACITY + 1)]
            with pytest.raises(CommandRejected, match=str(CAPACITY)):
                await arm.move_path(path)

    played(test)


@pytest.mark.parametrize("category", [StopCategory.ONE, StopCategory.ZERO])
def test_stops_that_end_with_the_power_off(category: StopCategory) -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            motion = await _slow(arm)
            await arm._stop(category)
            with pytest.raises((MotionAborted, CommandRejected)):
                await motion
            assert bench.virtual.box.robot_mode is RobotMode.POWER_OFF
            await arm.recover()
            await arm.move_joint(arm.home)

    played(test)


def test_a_fault_that_stays() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            bench.kernel.raise_fault(Fault("C50A1", "a joint is broken", recoverable=False))
            await asyncio.sleep(0.5)
            with pytest.raises(DeviceFault):
                await arm.move_joint(arm.home)
            with pytest.raises(DeviceFault) as error:
                await arm.recover()
            assert not error.value.recoverable

    played(test)


def test_an_emergency_stop_while_powering_up() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            bench.virtual.box.power_off()
            recovering = asyncio.ensure_future(arm.recover())
            await asyncio.sleep(0.5)
            bench.virtual.press_emergency_stop()
            with pytest.raises(EmergencyStop):
                await recovering
            bench.virtual.release_emergency_stop()
            await asyncio.sleep(1.0)
            await arm.recover()
            await arm.move_joint(arm.home + AWAY)

    played(test)


def test_a_safeguard_stop_is_observed_and_cannot_be_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            motion = await _slow(arm)
            stop = property(lambda _: SafetyMode.AUTOMATIC_MODE_SAFEGUARD_STOP)
            with monkeypatch.context() as patch:
                patch.setattr(ControlBox, "safety_mode", stop)
                with pytest.raises(ProtectiveStop):
                    await motion
                assert (await arm.state()).safety is SafetyStatus.PROTECTIVE_STOP
                await arm.stop()
                with pytest.raises(ProtectiveStop, match="safeguard"):
                    await arm.recover()
            await asyncio.sleep(0.1)
            await arm.move_joint(arm.home)

    played(test)


def test_a_kernel_that_is_reset_from_outside_runs() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            bench.virtual.press_emergency_stop()
            await asyncio.sleep(1.0)
            bench.kernel.release_emergency_stop()
            await bench.kernel.reset()
            await asyncio.sleep(0.1)
            await arm.move_joint(arm.home + AWAY)

    played(test)


def test_tool_and_load_reach_the_controller_beside_a_motion() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            await arm.set_tool(Tool("pen", Pose.from_rpy((0.0, 0.0, 0.1), (0.0, 0.3, 0.0), frame="flange"), Load(1.0)))
            motion = await _slow(arm)
            await arm.set_payload(Load(1.0, np.array([0.0, 0.0, 0.1])))
            assert not motion.done()
            assert bench.kernel.payload.mass == pytest.approx(2.0)
            assert bench.kernel.payload.centre_of_gravity[2] == pytest.approx(0.05)
            await motion

    played(test)


def test_freedrive_goes_through_the_program() -> None:
    async def test(bench: Bench) -> None:
        async with arm_of(bench) as arm:
            await arm.connect()
            await arm.set_freedrive(True)
            assert bench.kernel.freedrive
            with pytest.raises(CommandRejected, match="freedrive"):
                await arm.move_joint(arm.home)
            await arm.set_freedrive(False)
            assert not bench.kernel.freedrive
            await arm.set_freedrive(True)
            await arm.stop()
            assert not bench.kernel.freedrive
            await arm.move_joint(arm.home + AWAY)

    played(test)


def test_the_control_program_has_no_open_ends() -> None:
    text = control_program(7, 2.0, 0.002)
    assert "$" not in text
    assert text.isascii()
    assert text.startswith("def cellkit_control():\n")
    assert text.endswith("\nend\n")
