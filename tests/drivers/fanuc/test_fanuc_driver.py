"""What the driver makes of the interface's numbers, and of controllers that are not what it expects."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
from cellkit_fanuc.lines import LineWriter, Unspeakable
from cellkit_fanuc.protocol.alarms import understand
from cellkit_fanuc.rig import FanucRig
from hypothesis import given
from hypothesis import strategies as st

from cellkit.devices import (
    Fault,
    JointMotion,
    LinearMotion,
    Load,
    OperationalMode,
    PathMotion,
    SafetyStatus,
    Tool,
    Waypoint,
)
from cellkit.errors import CommandRejected, ConnectionFailed, DeviceFault, LimitViolation, MotionAborted
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics
from cellkit.timing import run

KINEMATICS = ArmKinematics(load_arm("crx-10ia"))
WRITER = LineWriter(KINEMATICS, 1)
HOME = np.array(KINEMATICS.model.home)
LIMITS = KINEMATICS.model.cartesian
HERE = Pose(KINEMATICS.forward(HOME))
NO_TOOL = np.eye(4)


def with_arm(test, model="crx-10ia"):
    async def play():
        rig = FanucRig().rig("arm", model)
        await rig.start()
        try:
            await test(rig, rig.device)
        finally:
            await rig.device.close()
            await rig.finish()

    run(play())


def line(motion):
    (found,) = WRITER.lines(motion, HOME, NO_TOOL)
    return found[1]


# --- integers -----------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 1.0), st.floats(0.2, 1.0))
def test_joint_speeds_are_never_above_what_is_asked_for(speed, acceleration):
    fields = line(JointMotion(HOME + 0.3, speed, acceleration))
    assert fields["SpeedType"] == "Percent"
    assert speed - 0.01 < fields["Speed"] / 100 <= speed + 1e-8
    assert acceleration - 0.01 < fields.get("ACC", 100) / 100 <= acceleration + 1e-8


@given(st.floats(0.001, LIMITS.max_speed), st.floats(0.2, 1.0))
def test_path_speeds_are_never_above_what_is_asked_for(speed, share):
    fields = line(LinearMotion(HERE.shifted(z=0.05), speed, share * LIMITS.max_acceleration))
    assert fields["SpeedType"] == "mmSec"
    assert speed - 0.001 < fields["Speed"] / 1000 <= speed + 1e-8
    assert share - 0.01 < fields.get("ACC", 100) / 100 <= share + 1e-8


@given(st.floats(1e-4, 0.0099))
def test_slow_motions_state_their_duration(speed):
    fields = line(JointMotion(HOME + 0.3, speed, 1.0))
    assert fields["SpeedType"] == "Time"
    assert fields["Speed"] / 10 >= 0.3 / KINEMATICS.limits.velocity.min() / speed - 1e-6
    fields = line(LinearMotion(HERE.shifted(z=0.05), speed / 10, LIMITS.max_acceleration))
    assert fields["SpeedType"] == "Time"
    assert fields["Speed"] / 10 >= 0.05 / (speed / 10) - 1e-6


def test_what_has_no_number_is_refused():
    with pytest.raises(Unspeakable, match="20 %"):
        line(JointMotion(HOME + 0.3, 1.0, 0.19))
    with pytest.raises(Unspeakable, match="20 %"):
        line(LinearMotion(HERE.shifted(z=0.05), 0.1, 0.19 * LIMITS.max_acceleration))
    with pytest.raises(Unspeakable, match="6554 s"):
        line(JointMotion(HOME + 1.0, 1e-6, 1.0))


@given(st.lists(st.floats(0, 0.2), min_size=2, max_size=6))
def test_corners_never_leave_more_than_is_allowed(radii):
    path = [Waypoint(HERE.shifted(z=0.02 * (1 + number % 2)), radius) for number, radius in enumerate(radii)]
    lines = WRITER.lines(PathMotion(tuple(path), 0.1, LIMITS.max_acceleration), HOME, NO_TOOL)
    for (_, fields), radius in zip(lines, radii, strict=True):
        if fields["TermType"] == "CR":
            assert 1 <= fields["TermValue"] <= min(100.0, radius * 1000 + 1e-5)
    assert lines[-1][1]["TermType"] == "FINE"


def test_slow_motions_take_as_long_as_they_should():
    async def test(rig, arm):
        await arm.connect()
        began = asyncio.get_running_loop().time()
        goal = arm.home.copy()
        goal[0] += 0.05
        await arm.move_joint(goal, speed=0.004)
        took = asyncio.get_running_loop().time() - began
        assert 1.0 <= took / (0.05 / arm.limits.velocity[0] / 0.004) <= 1.2
        assert rig.true_joints() == pytest.approx(goal, abs=1e-5)

    with_arm(test)


def test_an_acceleration_that_cannot_be_said_is_rejected_before_anything_moves():
    async def test(rig, arm):
        await arm.connect()
        with pytest.raises(CommandRejected, match="20 %"):
            await arm.move_joint(arm.home + 0.1, acceleration=0.1)
        with pytest.raises(LimitViolation, match="1 %"):
            await arm.set_speed_override(0.004)

    with_arm(test)


# --- controllers --------------------------------------------------------------------------------------------------


def test_a_controller_with_other_joints_is_refused(monkeypatch):
    async def test(rig, arm):
        monkeypatch.setattr(rig.virtual.program.reader, "_world", np.eye(4))
        with pytest.raises(ConnectionFailed, match="J3"):
            await arm.connect()
        monkeypatch.undo()
        await arm.connect()

    with_arm(test)


def test_a_second_driver_is_refused():
    async def test(rig, arm):
        await arm.connect()
        other = type(arm)("other", arm.model, arm.config, rig.network)
        with pytest.raises(ConnectionFailed, match="RMIT-026"):
            await other.connect()
        await arm.move_joint(arm.home)

    with_arm(test)


def test_it_connects_to_a_controller_in_a_fault_and_shows_it():
    async def test(rig, arm):
        fault = rig.virtual.example_fault()
        await asyncio.sleep(1.0)
        await arm.connect()
        found = (await arm.state()).fault
        assert (found.code, found.text) == (fault.code, fault.text)
        await arm.recover()
        await arm.move_joint(arm.home)

    with_arm(test)


def test_what_cannot_be_cleared_stays_a_fault():
    async def test(rig, arm):
        await arm.connect()
        rig.kernel.raise_fault(Fault("SRVO-023", "Stop error excess", recoverable=False))
        with pytest.raises(DeviceFault, match="Stop error excess") as caught:
            await arm.recover()
        assert (caught.value.code, caught.value.recoverable) == ("SRVO-023", False)

    with_arm(test)


def test_the_key_switch_ends_a_motion():
    async def test(rig, arm):
        await arm.connect()
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.5, speed=0.1))
        await asyncio.sleep(0.5)
        await rig.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        with pytest.raises(MotionAborted, match="mode"):
            await motion
        await rig.set_mode(OperationalMode.AUTOMATIC)
        await arm.move_joint(arm.home)

    with_arm(test)


def test_a_path_of_many_corners_needs_no_more_than_the_buffer():
    async def test(rig, arm):
        await arm.connect()
        start = (await arm.state()).tcp
        path = [Waypoint(start.shifted(y=0.01 * number, z=0.01 * (number % 2)), 0.003) for number in range(1, 20)]
        await arm.move_path(path, speed=0.1)
        metres, _ = (await arm.state()).tcp.distance(path[-1].pose)
        assert metres < 1e-4

    with_arm(test)


def test_tool_and_load_reach_the_controller():
    async def test(rig, arm):
        await arm.connect()
        tool = Tool(
            "pen", Pose.from_rpy((0.01, 0.0, 0.1), (0.0, 0.1, 0.0), frame="flange"), Load(1.0, (0.0, 0.0, 0.04))
        )
        await arm.set_tool(tool)
        await arm.set_payload(Load(2.0, (0.0, 0.03, 0.1)))
        assert rig.kernel.payload.mass == 3.0
        assert rig.kernel.payload.centre_of_gravity == pytest.approx([0.0, 0.02, 0.08], abs=1e-6)
        assert np.abs(rig.kernel.tool.tcp.matrix - tool.tcp.matrix).max() < 2e-6

    with_arm(test)


def test_the_program_begins_with_the_first_motion():
    """Until then the arm can be led by hand: FRC_Initialize takes it."""

    async def test(rig, arm):
        await arm.connect()
        await arm.state()
        assert rig.virtual.program.status.name == "ABORTED"
        await arm.move_joint(arm.home)
        assert rig.virtual.program.status.name == "RUNNING"
        await arm.stop()
        assert rig.virtual.program.status.name == "ABORTED"

    with_arm(test)


# --- alarms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "safety", "code"),
    [
        ([], SafetyStatus.NORMAL, None),
        (["No Error"], SafetyStatus.NORMAL, None),
        (["SRVO-002 Teach pendant E-stop", "SRVO-289 X"], SafetyStatus.EMERGENCY_STOP, None),
        (["SRVO-289 X", "SRVO-002 Teach pendant E-stop"], SafetyStatus.EMERGENCY_STOP, None),
        (["SRVO-050 Collision Detect alarm (Group:1 Axis:2)"], SafetyStatus.PROTECTIVE_STOP, None),
        (["MOTN-018 Position not reachable"], SafetyStatus.NORMAL, "MOTN-018"),
        (["SRVO-046 OVC alarm (Group:1 Axis:2)", "SRVO-050 Y"], SafetyStatus.PROTECTIVE_STOP, None),
    ],
)
def test_alarms_are_understood(texts, safety, code):
    found = understand(texts)
    assert found.safety is safety
    assert (found.fault.code if found.fault else None) == code


def test_speeds_in_the_state_are_those_of_the_arm():
    async def test(rig, arm):
        await arm.connect()
        goal = arm.home.copy()
        goal[0] += 1.0
        motion = asyncio.ensure_future(arm.move_joint(goal, speed=0.2))
        await asyncio.sleep(1.0)
        state = await arm.state()
        assert state.moving
        assert state.joints.velocity[0] == pytest.approx(0.2 * arm.limits.velocity[0], rel=0.02)
        await motion
        assert math.isclose(rig.true_joints()[0], goal[0], abs_tol=1e-6)

    with_arm(test)
