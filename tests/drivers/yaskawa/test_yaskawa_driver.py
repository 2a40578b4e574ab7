"""What is Yaskawa's own about the driver: datagrams that get lost, holds, drive power, jobs, pulses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_yaskawa.config import YaskawaConfig
from cellkit_yaskawa.driver import YaskawaArm
from cellkit_yaskawa.protocol.codes import Command, Switch
from cellkit_yaskawa.protocol.frames import Answer
from cellkit_yaskawa.protocol.records import SHARE, Move
from cellkit_yaskawa.rig import YaskawaRig
from cellkit_yaskawa.virtual import VirtualYaskawa

from cellkit.devices import (
    Fault,
    JointMotion,
    Lifecycle,
    Load,
    OperationalMode,
    PathMotion,
    SafetyStatus,
    Tool,
    Waypoint,
)
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceFault,
    MotionAborted,
    ProtectiveStop,
)
from cellkit.geometry import Array, Pose
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run


class Cell:
    """A connected arm and its virtual controller, with a record of what was commanded."""

    def __init__(self, rig: WireDeviceRig) -> None:
        assert isinstance(rig.device, YaskawaArm)
        assert isinstance(rig.virtual, VirtualYaskawa)
        self.rig, self.arm, self.virtual, self.kernel = rig, rig.device, rig.virtual, rig.kernel
        self.playback = self.virtual.playback
        self.motions: list[Any] = []
        self.commands: list[int] = []
        submit, answer = self.kernel.submit, self.virtual.answer

        def submitted(motion: Any) -> asyncio.Future[None]:
            self.motions.append(motion)
            return submit(motion)

        def answered(datagram: bytes) -> Answer | None:
            self.commands.append(int.from_bytes(datagram[24:26], "little"))
            return answer(datagram)

        self.kernel.submit = submitted  # type: ignore[method-assign]
        self.virtual.answer = answered  # type: ignore[method-assign]

    def lose(self, command: int, *, request: bool = False, times: int = 1) -> None:
        """The next answers to a command get lost on the way, or the requests themselves."""
        answer, left = self.virtual.answer, [times]

        def lossy(datagram: bytes) -> Answer | None:
            if int.from_bytes(datagram[24:26], "little") == command and left[0] > 0:
                left[0] -= 1
                if not request:
                    answer(datagram)
                return None
            return answer(datagram)

        self.virtual.answer = lossy  # type: ignore[method-assign]

    def away(self, by: float = 0.3) -> Array:
        return self.arm.home + by

    def off(self, goal: Array) -> float:
        return float(np.abs(self.rig.true_joints() - goal).max())

    async def slow(self, by: float = 0.3) -> asyncio.Task[None]:
        """A motion of some seconds, under way."""
        task = asyncio.ensure_future(self.arm.move_joint(self.away(by), speed=0.02))
        await asyncio.sleep(0.5)
        assert not task.done()
        return task

    def corner(self) -> list[Waypoint]:
        """A closed path with blended corners, back to where it began."""
        start = Pose(self.arm.kinematics.forward(self.arm.home), "base")
        steps = ((0.0, 0.05, 0.0), (0.0, 0.05, 0.05), (0.0, 0.0, 0.05), (0.0, 0.0, 0.0))
        return [Waypoint(start.shifted(*step), 0.01) for step in steps]


def over(test: Callable[[Cell], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    async def play() -> None:
        rig = YaskawaRig().rig("arm", None)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        try:
            cell = Cell(rig)
            await cell.arm.connect()
            await test(cell)
            await cell.arm.close()
        finally:
            await rig.finish()

    def wrapped() -> None:
        run(play())

    wrapped.__name__, wrapped.__doc__ = test.__name__, test.__doc__
    return wrapped


# --- lost datagrams -----------------------------------------------------------------------------------------------


@over
async def test_a_move_whose_answer_is_lost_is_carried_out_once(cell: Cell) -> None:
    cell.lose(Command.MOVE_PULSE)
    await cell.arm.move_joint(cell.away(), speed=0.1)
    assert cell.off(cell.away()) < 2e-3
    assert cell.commands.count(Command.MOVE_PULSE) == 2
    assert len(cell.motions) == 1


@over
async def test_a_short_move_whose_answer_is_lost_may_be_sent_again(cell: Cell) -> None:
    """It is over when it is sent again; to an absolute goal that moves nothing."""
    cell.lose(Command.MOVE_PULSE)
    await cell.arm.move_joint(cell.away(0.01))
    assert cell.off(cell.away(0.01)) < 2e-3


@over
async def test_a_lost_request_is_sent_again(cell: Cell) -> None:
    for command in (Command.MOVE_PULSE, Command.SWITCH, Command.STATUS, Command.POSITION):
        cell.lose(command, request=True, times=2)
    await cell.arm.move_joint(cell.away())
    assert cell.off(cell.away()) < 2e-3
    assert cell.arm.lifecycle is Lifecycle.OPEN


@over
async def test_a_job_whose_start_is_not_answered_runs_once(cell: Cell) -> None:
    cell.lose(Command.START)
    path = cell.corner()
    await cell.arm.move_path(path, speed=0.5)
    assert [type(motion) for motion in cell.motions] == [PathMotion]
    assert cell.off(cell.arm.home) < 2e-3


@over
async def test_a_start_that_never_came_through_is_repeated(cell: Cell) -> None:
    cell.lose(Command.START, request=True)
    await cell.arm.move_path(cell.corner(), speed=0.5)
    assert len(cell.motions) == 1


# --- stops --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resumes", [True, False], ids=["hold off resumes", "hold off does not resume"])
def test_a_stopped_move_never_goes_on_whatever_the_end_of_a_hold_means(resumes: bool) -> None:
    @over
    async def play(cell: Cell) -> None:
        if not resumes:
            hold = cell.playback.hold

            def forgetful(on: bool) -> None:
                if not on:
                    cell.virtual._background(cell.kernel.stop())
                hold(on)

            cell.playback.hold = forgetful  # type: ignore[method-assign]
        motion = await cell.slow()
        await cell.arm.stop()
        with pytest.raises(MotionAborted):
            await motion
        at = cell.rig.true_joints()
        await cell.arm.move_joint(at)  # drive power comes back, and nothing else with it
        await asyncio.sleep(2.0)
        assert cell.off(at) < 1e-3
        await cell.arm.move_joint(cell.away())
        assert cell.off(cell.away()) < 2e-3

    play()


@pytest.mark.parametrize("call", ["recover", "stop"])
def test_a_move_that_another_client_left_held_never_goes_on(call: str) -> None:
    """A guardian holds the arm of a process that died in a motion; the hold must not end with the motion in it."""

    @over
    async def play(cell: Cell) -> None:
        await cell.arm.move_joint(cell.arm.home)
        far = Move(SHARE, 100, cell.arm.axes.pulses(cell.away())).encode()
        await cell.arm.client.move(Command.MOVE_PULSE, 1, far)
        await asyncio.sleep(0.5)
        await cell.arm.client.switch(Switch.HOLD, True)
        await asyncio.sleep(1.0)
        at = cell.rig.true_joints()
        assert cell.off(cell.away()) > 0.05, "the arm was already there"
        await getattr(cell.arm, call)()
        await asyncio.sleep(3.0)
        assert cell.off(at) < 1e-6, f"it went on after {call}()"
        await cell.arm.move_joint(cell.arm.home)

    play()


@over
async def test_a_move_that_comes_late_after_a_stop_is_refused(cell: Cell) -> None:
    """A datagram may be delayed. After a stop there is no drive power for it."""
    motion = await cell.slow()
    await cell.arm.stop()
    with pytest.raises(MotionAborted):
        await motion
    late = Move(SHARE, 100, cell.arm.axes.pulses(cell.away())).encode()
    with pytest.raises(CommandRejected, match="0x2070"):
        await cell.arm.client.move(Command.MOVE_PULSE, 1, late)


@over
async def test_a_stop_just_before_a_move_is_sent_sends_nothing(cell: Cell) -> None:
    await cell.arm.move_joint(cell.arm.home)
    answer, stops = cell.virtual.answer, list[asyncio.Task[None]]()
    cell.motions.clear()

    def stop_meanwhile(datagram: bytes) -> Answer | None:
        position = int.from_bytes(datagram[24:26], "little") == Command.POSITION
        if position and cell.arm.busy and not stops:
            stops.append(asyncio.ensure_future(cell.arm.stop()))
        return answer(datagram)

    cell.virtual.answer = stop_meanwhile  # type: ignore[method-assign]
    with pytest.raises(MotionAborted):
        await cell.arm.move_joint(cell.away())
    await asyncio.gather(*stops)
    await asyncio.sleep(1.0)
    assert not cell.motions


@over
async def test_a_stop_while_a_job_is_being_loaded_starts_nothing(cell: Cell) -> None:
    files = cell.virtual.files
    taken = files.carry_out

    def stop_meanwhile(*arguments: Any) -> Any:
        if not stops:
            stops.append(asyncio.ensure_future(cell.arm.stop()))
        return taken(*arguments)

    stops: list[asyncio.Task[None]] = []
    await cell.arm.move_joint(cell.arm.home)  # the tool file exists from here on
    cell.motions.clear()
    files.carry_out = stop_meanwhile  # type: ignore[method-assign]
    with pytest.raises(MotionAborted):
        await cell.arm.move_path(cell.corner())
    await asyncio.gather(*stops)
    await asyncio.sleep(2.0)
    assert Command.START not in cell.commands
    assert not cell.motions


@over
async def test_drive_power_that_somebody_takes_away_is_a_stop(cell: Cell) -> None:
    motion = await cell.slow()
    cell.playback.servo(False)
    with pytest.raises(ProtectiveStop):
        await motion
    state = await cell.arm.state()
    assert state.safety is SafetyStatus.PROTECTIVE_STOP
    with pytest.raises(ProtectiveStop):
        await cell.arm.move_joint(cell.away())
    await cell.arm.recover()
    await cell.arm.move_joint(cell.away())


@over
async def test_a_hold_by_the_pendant_is_waited_for(cell: Cell) -> None:
    motion = await cell.slow()
    cell.playback.held_by_pendant = True
    cell.playback.set_override(1.0)
    await asyncio.sleep(3.0)
    assert not motion.done()
    assert not (await cell.arm.state()).moving
    cell.playback.held_by_pendant = False
    cell.playback.set_override(1.0)
    await motion
    assert cell.off(cell.away()) < 2e-3


@over
async def test_a_lasting_alarm_cannot_be_recovered_from(cell: Cell) -> None:
    cell.kernel.raise_fault(Fault("1325", "COMMUNICATION ERROR (ENCODER)", recoverable=False))
    await asyncio.sleep(0.5)
    fault = (await cell.arm.state()).fault
    assert fault == Fault("1325", "COMMUNICATION ERROR (ENCODER)", recoverable=False)
    with pytest.raises(DeviceFault) as refused:
        await cell.arm.recover()
    assert (refused.value.code, refused.value.recoverable) == ("1325", False)


@over
async def test_without_command_remote_nothing_is_moved(cell: Cell) -> None:
    cell.playback.remote = False
    assert (await cell.arm.state()).mode is OperationalMode.AUTOMATIC
    with pytest.raises(CommandRejected, match="remote"):
        await cell.arm.move_joint(cell.away())
    cell.playback.remote = True
    assert (await cell.arm.state()).mode is OperationalMode.AUTOMATIC_EXTERNAL
    await cell.arm.move_joint(cell.away())


@over
async def test_the_mode_switch_ends_a_motion(cell: Cell) -> None:
    motion = await cell.slow()
    await cell.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    with pytest.raises(MotionAborted, match="play mode"):
        await motion


@over
async def test_a_move_that_is_accepted_and_not_begun_is_no_success(cell: Cell) -> None:
    cell.playback.move = lambda _motion: None  # type: ignore[method-assign]
    began = now()
    with pytest.raises(MotionAborted, match="before its goal"):
        await cell.arm.move_joint(cell.away())
    assert now() - began < 2.0


# --- speed override -----------------------------------------------------------------------------------------------


@over
async def test_an_override_that_changes_sends_a_straight_motion_anew(cell: Cell) -> None:
    motion = await cell.slow()
    await cell.arm.set_speed_override(0.5)
    await asyncio.sleep(1.0)
    assert not motion.done()
    assert isinstance(cell.motions[0], JointMotion)
    assert len(cell.motions) == 2
    assert cell.motions[1].speed < cell.motions[0].speed
    await motion
    assert cell.off(cell.away()) < 2e-3
    assert (await cell.arm.state()).speed_override == 0.5


@over
async def test_a_path_is_held_at_override_zero_and_goes_on(cell: Cell) -> None:
    motion = asyncio.ensure_future(cell.arm.move_path(cell.corner(), speed=0.05))
    await asyncio.sleep(1.5)
    await cell.arm.set_speed_override(0.0)
    await asyncio.sleep(2.0)
    at = cell.rig.true_joints()
    await asyncio.sleep(2.0)
    assert cell.off(at) < 1e-6
    assert not motion.done()
    await cell.arm.set_speed_override(1.0)
    await motion
    assert len(cell.motions) == 1
    assert cell.off(cell.arm.home) < 2e-3


@over
async def test_the_pendants_override_is_part_of_what_is_reported(cell: Cell) -> None:
    cell.playback.set_override(0.5)
    await cell.arm.set_speed_override(0.5)
    assert (await cell.arm.state()).speed_override == 0.25


# --- jobs, tools, pulses ------------------------------------------------------------------------------------------


@over
async def test_a_path_that_ends_where_it_began_is_carried_out(cell: Cell) -> None:
    began = now()
    await cell.arm.move_path(cell.corner(), speed=0.1)
    assert now() - began > 1.5
    (motion,) = cell.motions
    assert [round(w.blend_radius, 4) for w in motion.waypoints] == [0.01, 0.01, 0.01, 0.0]


@over
async def test_reduced_acceleration_needs_a_job_and_gets_it(cell: Cell) -> None:
    await cell.arm.move_joint(cell.away(), speed=0.5, acceleration=0.5)
    (motion,) = cell.motions
    assert (motion.speed, motion.acceleration) == (0.5, 0.5)
    assert cell.commands.count(Command.START) == 1
    await cell.arm.move_linear(Pose(cell.arm.kinematics.forward(cell.arm.home), "base"), speed=0.2, acceleration=4.0)
    assert (cell.motions[1].speed, cell.motions[1].acceleration) == (0.2, 4.0)
    assert sorted(cell.playback.jobs) == ["CELLKIT0", "CELLKIT1"]


@over
async def test_tool_and_payload_reach_the_controller(cell: Cell) -> None:
    tool = Tool("pen", Pose.from_rpy((0.02, 0.0, 0.12), (0.0, 0.2, 0.0), frame="flange"), Load(0.3))
    await cell.arm.set_tool(tool)
    await cell.arm.set_payload(Load(0.5))
    assert cell.kernel.tool.tcp.distance(tool.tcp)[0] < 1e-6
    assert cell.kernel.tool.load.mass == pytest.approx(0.8)


def test_an_arm_whose_pulses_do_not_fit_is_refused() -> None:
    async def play() -> None:
        rig = YaskawaRig().rig("arm", None)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        wrong = YaskawaConfig(pulses_per_radian=[90_000, 90_000, 80_000, 60_000, 50_000, 40_000])
        arm = YaskawaArm("arm", rig.model, wrong, rig.network)
        with pytest.raises(ConnectionFailed, match="pulses_per_radian"):
            await arm.connect()
        assert arm.lifecycle is Lifecycle.CLOSED
        await rig.finish()

    run(play())
