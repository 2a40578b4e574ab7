"""What is this driver's own: limits near the ends of joints, the life of its Moves, the robot's clock, its model."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest
from cellkit_franka.driver import FrankaArm
from cellkit_franka.protocol.limits import DECELERATION, UPPER_END, velocity_bounds
from cellkit_franka.protocol.state import RobotMode, RobotState
from cellkit_franka.remote import LaggingArm, RobotClock
from cellkit_franka.rig import FrankaRig
from cellkit_franka.urdf import robot_urdf
from cellkit_franka.virtual import VirtualFranka

from cellkit.controller.interpolator import Interpolator
from cellkit.devices import Load, Tool
from cellkit.errors import CommandRejected, DeviceFault
from cellkit.geometry import Pose, rotation_from_rpy
from cellkit.models.load import load_arm, load_gripper
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.trajectory import plan_joint
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run


def play(test: Callable[[WireDeviceRig, FrankaArm, VirtualFranka], Awaitable[None]]) -> None:
    """Run a coroutine with a connected arm over a virtual controller in memory."""

    async def main() -> None:
        rig = FrankaRig().rig("arm", None)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        arm, virtual = rig.device, rig.virtual
        assert isinstance(arm, FrankaArm)
        assert isinstance(virtual, VirtualFranka)
        await arm.connect()
        try:
            await test(rig, arm, virtual)
        finally:
            await arm.close()
            await rig.finish()

    run(main())


@pytest.mark.parametrize("upper", [pytest.param(False, marks=pytest.mark.long), True])
def test_every_joint_reaches_its_ends_at_full_speed(upper: bool) -> None:
    """The controller allows less speed there and would stop with an error; the driver plans for it."""

    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        for joint in range(7):
            goal = arm.home.copy()
            goal[joint] = (arm.limits.upper if upper else arm.limits.lower)[joint] + (-0.02 if upper else 0.02)
            await arm.move_joint(goal)
            assert np.abs(rig.true_joints() - goal).max() < 1e-3
            await arm.move_joint(arm.home)

    play(test)


def test_a_move_is_open_only_while_something_moves() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        async def mode() -> RobotMode:
            await asyncio.sleep(0.005)
            assert arm._link is not None
            return RobotMode(arm._link.states.value.mode)

        assert await mode() is RobotMode.IDLE
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.1))
        await asyncio.sleep(0.1)
        assert await mode() is RobotMode.MOVE
        await motion
        assert await mode() is RobotMode.IDLE
        await arm.servo_joint(arm.home)
        assert await mode() is RobotMode.MOVE
        await asyncio.sleep(0.6)
        assert await mode() is RobotMode.MOVE, "more set-points may come"
        await asyncio.sleep(1.0)
        assert await mode() is RobotMode.IDLE
        await arm.move_joint(arm.home + 0.1)

    play(test)


def test_every_cycle_of_a_motion_has_its_command() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.2))
        await asyncio.sleep(0.2)
        assert arm._link is not None
        assert arm._link.states.value.success_rate == 1.0
        await motion

    play(test)


def test_tool_and_load_reach_the_controller_together() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        pose = Pose.from_rpy((0.0, 0.0, 0.1), frame="flange")
        await arm.set_tool(Tool("pen", pose, Load(0.5, np.array([0.0, 0.0, 0.04]))))
        await arm.set_payload(Load(0.5, np.array([0.0, 0.0, 0.1])))
        assert virtual.settings.mass == 1.0
        assert virtual.settings.centre == pytest.approx((0.0, 0.0, 0.07))
        assert virtual.settings.flange_to_end_effector[:3, 3] == pytest.approx((0.0, 0.0, 0.1))
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.2))
        await asyncio.sleep(0.1)
        with pytest.raises(CommandRejected, match="not possible"):
            await arm.set_payload(Load())
        await motion

    play(test)


def test_the_data_of_a_gripper_arrive() -> None:
    """The whole tensor about the centre of gravity of both, as the state shows it: column-major."""

    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        tool = replace(Tool.of_gripper(load_gripper("2f-85")), flange_code=None)  # with an adapter where it needs one
        turn = rotation_from_rpy(0.3, 0.2, 0.1)
        even = Load.box(1.2, (0.2, 0.1, 0.05), (0.03, -0.02, 0.2))
        part = Load(even.mass, even.centre_of_gravity, turn @ even.inertia @ turn.T)
        await arm.set_tool(tool)
        for carried in (Load(), part):
            await arm.set_payload(carried)
            both, settings = tool.load + carried, virtual.settings
            assert settings.mass == pytest.approx(both.mass)
            assert settings.centre == pytest.approx(both.centre_of_gravity)
            assert settings.inertia == pytest.approx(both.inertia.T.ravel(), abs=1e-15)
            known = rig.kernel.payload
            assert known.mass == pytest.approx(both.mass)
            assert known.inertia == pytest.approx(both.inertia, abs=1e-15)
            assert settings.tool().tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-9)
            await asyncio.sleep(0.01)
            assert arm._link is not None
            shown = RobotState.decode(arm._link.datagram).numbers["I_load"]
            assert shown == pytest.approx(both.inertia.T.ravel(), abs=1e-9)  # float32
        assert np.abs(both.inertia - np.diag(np.diag(both.inertia))).max() > 1e-4, "it has products as well"

    play(test)


def test_a_mass_point_has_no_inertia_and_is_taken() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        await arm.set_payload(Load(0.4, np.array([0.0, 0.0, 0.1])))
        assert virtual.settings.mass == 0.4
        assert max(virtual.settings.inertia) < 1e-15

    play(test)


def test_twenty_cycles_without_this_side_are_a_fault_of_the_vendors_name() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.2))
        await asyncio.sleep(0.1)
        rig.faults.silent = True
        await asyncio.sleep(0.05)
        rig.faults.silent = False
        with pytest.raises(DeviceFault) as error:
            await motion
        assert error.value.code == "communication_constraints_violation"
        await arm.recover()
        await arm.move_joint(arm.home)

    play(test)


def test_less_speed_is_allowed_near_an_end() -> None:
    home = load_arm("fr3").home
    lowest, highest = velocity_bounds(home, [2.0] * 7)
    assert highest[0] == -lowest[0] == 2.0
    lowest, highest = velocity_bounds([UPPER_END[0] - 0.01, *home[1:]], [2.0] * 7)
    assert highest[0] == pytest.approx((2 * DECELERATION[0] * 0.01) ** 0.5 - 0.3)
    assert lowest[0] == -2.0
    assert velocity_bounds(UPPER_END, [2.0] * 7)[1] == [0.0] * 7


def test_the_last_milliradian_is_refused_before_anything_moves() -> None:
    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        goal = arm.home.copy()
        goal[0] = arm.limits.upper[0]
        with pytest.raises(CommandRejected, match="nearer to its end"):
            await arm.move_joint(goal)
        await arm.move_joint(arm.home + 0.1)

    play(test)


def test_the_model_has_what_clients_look_for() -> None:
    model = load_arm("fr3")
    tree = ET.fromstring(robot_urdf(model))
    links = [link.get("name") for link in tree.findall("link")]
    assert links == [f"link{number}" for number in range(9)]
    moving = [joint for joint in tree.findall("joint") if joint.get("type") == "revolute"]
    assert [str(joint.get("name"))[-6:] for joint in moving] == [f"joint{number}" for number in range(1, 8)]
    for joint in moving:
        assert joint.find("position_based_velocity_limits") is not None
        assert joint.find("limit") is not None
    assert len(tree.findall("link/inertial")) == 7


class _Line:
    def __init__(self, value: float) -> None:
        self._value = value

    def position(self, t: float) -> list[float]:
        return [self._value]

    def sample(self, t: float) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        return np.array([self._value]), np.zeros(1)


def test_what_was_valid_before_a_change_is_kept_for_a_robot_that_lags() -> None:
    async def main() -> None:
        remote = LaggingArm([0.0])
        remote.follow(_Line(1.0))
        await asyncio.sleep(1.0)
        remote.follow(_Line(2.0))
        assert remote.setpoint(0.995) == [1.0]
        assert remote.setpoint(1.0) == [2.0]
        remote.follow(_Line(3.0))
        remote.forget()
        assert remote.setpoint(0.5) == [3.0]

    run(main())


def test_the_robots_clock_is_that_of_its_most_punctual_state() -> None:
    async def main() -> None:
        clock = RobotClock(0)
        await asyncio.sleep(0.004)
        clock.heard(1)  # three cycles late
        assert clock.at(1) == pytest.approx(0.001, abs=1e-6)
        clock.heard(5)  # earlier than thought
        assert clock.at(5) == pytest.approx(0.004)

    run(main())


def test_a_change_of_speed_does_not_change_what_was_before() -> None:
    """Set-points of the moments before a stop may be asked for after it: the robot lags."""
    limits = ArmKinematics(load_arm("fr3")).limits
    home = np.array(load_arm("fr3").home)
    player = Interpolator(plan_joint(home, home + 0.3, limits), 0.0, 1.0)
    before = [player.position(0.1 + k * 1e-3) for k in range(5)]
    player.change_rate(0.105, 0.0, limits)
    assert [player.position(0.1 + k * 1e-3) for k in range(5)] == before
    assert player.position(0.105) == pytest.approx(player.position(0.105 - 1e-9), abs=1e-8)


def test_a_new_servo_set_point_does_not_jerk_the_arm() -> None:
    """The controller would answer a jump of the acceleration with a reflex."""

    async def test(rig: WireDeviceRig, arm: FrankaArm, virtual: VirtualFranka) -> None:
        for by in (0.1, 0.2, 0.05, 0.3, 0.0):
            await arm.servo_joint(arm.home + by)
            await asyncio.sleep(0.087)
        await asyncio.sleep(2.0)
        assert np.abs(rig.true_joints() - arm.home).max() < 1e-3
        assert virtual.errors == frozenset()

    play(test)
