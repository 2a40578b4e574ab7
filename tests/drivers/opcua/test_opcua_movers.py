"""Grippers and an arm by a map of nodes: commands, what is waited for, stops, and what ends a motion."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from opcua_plc import Plc, call, made, using

from cellkit.devices import SafetyStatus
from cellkit.devices.gripper import Grip
from cellkit.errors import (
    CommandRejected,
    ConfigError,
    ConnectionLost,
    DeviceFault,
    EmergencyStop,
    GraspLost,
    LimitViolation,
    MotionAborted,
)
from cellkit.geometry import Pose
from cellkit.models.load import load_arm, load_gripper
from tests.opcua.plain_server import node

JAWS, CUP, UR5E = load_gripper("2f-85"), load_gripper("vacuum"), load_arm("ur5e")
MOVE = call("Grip", {"from": "width", "unit": "mm"}, {"from": "speed", "unit": "mm/s"}, {"from": "force"})


def jaws(plc: Plc, **nodes: Any) -> Any:
    known = {"width": {"node": node("Width"), "unit": "mm"}, "moving": node("Moving"), **nodes}
    known = {name: value for name, value in known.items() if value is not None}
    return made(plc, "jaws", (JAWS,), "hand", nodes=known, commands={"move": MOVE, "stop": call("Halt")})


@pytest.mark.parametrize("moving", [node("Moving"), None])
def test_jaws_go_where_they_are_sent(plc: Plc, moving: str | None) -> None:
    async def work(hand: Any) -> None:
        state = await hand.move(0.040, speed=0.15, force=50.0)
        assert state.width == pytest.approx(0.040)
        assert plc.asked == pytest.approx([40.0, 150.0, 50.0])
        assert (await hand.move(0.040)).width == pytest.approx(0.040), "there already"

    using(jaws(plc, moving=moving), work)


async def guarded(hand: Any) -> None:
    async with hand.guard():
        await asyncio.sleep(10.0)


@pytest.mark.parametrize("part", [node("Part"), None])
def test_a_part_is_held_and_lost(plc: Plc, part: str | None) -> None:
    async def work(hand: Any) -> None:
        plc.wide = 50.0
        found = await hand.grip()
        assert (found.grip, hand.holding) == (Grip.PART, True)
        loop = asyncio.get_running_loop()
        for number, width in enumerate((49.0, 44.0, 40.0), 1):  # the jaws close on nothing
            loop.call_later(0.1 * number, plc.put, "Width", width)
        loop.call_later(0.4, plc.put, "Part", False)
        with pytest.raises(GraspLost):
            await guarded(hand)
        assert not hand.holding

    using(jaws(plc, part=part), work)


def test_a_move_is_stopped(plc: Plc) -> None:
    async def work(hand: Any) -> None:
        moving = asyncio.ensure_future(hand.move(0.0, speed=0.02))
        while not (await hand.state()).moving:  # noqa: ASYNC110  (nothing else says that it moves)
            await asyncio.sleep(0.01)
        await hand.stop()
        with pytest.raises(MotionAborted):
            await moving
        width = plc.get("Width")
        await asyncio.sleep(0.1)
        assert plc.get("Width") == width > 0.0

    using(jaws(plc), work)


def cup(plc: Plc) -> Any:
    nodes = {"part": node("Part"), "vacuum": {"node": node("Vacuum"), "unit": "mbar"}}
    commands = {"grip": call("Suck", True), "release": {"write": node("Sucks"), "value": False}}
    return made(plc, "vacuum", (CUP,), "cup", nodes=nodes, commands=commands, grip_time=1.5, release_time=1.5)


def test_a_cup_sucks_holds_loses_and_lets_go(plc: Plc) -> None:
    async def work(hand: Any) -> None:
        assert (await hand.grip()).grip is Grip.NO_PART
        assert plc.get("Sucks") is False, "nothing there: suction ends again"
        asyncio.get_running_loop().call_later(0.05, plc.put, "Part", True)
        plc.cup = True
        assert (await hand.grip()).held
        assert (await hand.state()).vacuum == pytest.approx(60_000.0)
        asyncio.get_running_loop().call_later(0.05, plc.put, "Part", False)
        with pytest.raises(GraspLost):
            await guarded(hand)
        assert plc.get("Sucks") is True
        plc.put("Part", True)
        with pytest.raises(DeviceFault, match="vacuum-stays"):
            await hand.release()
        plc.put("Part", False)
        await hand.release()

    using(cup(plc), work)


# --- an arm ---------------------------------------------------------------------------------------------------


def arm(plc: Plc, **more: Any) -> Any:
    nodes = {
        "joints": {"node": node("Joints"), "unit": "deg"},
        "moving": node("Runs"),
        "emergency_stop": node("Stop"),
        "fault": node("Broken"),
        "fault_text": node("BrokenText"),
        "mode": {"node": node("Mode"), "values": {"1": "AUTOMATIC", "2": "MANUAL_REDUCED_SPEED"}},
        **more,
    }
    commands = {
        "move_joints": call("MoveAxes", {"from": "joints", "unit": "deg"}, {"from": "speed", "unit": "%"}),
        "stop": call("Halt"),
        "recover": call("Reset"),
    }
    nodes = {name: value for name, value in nodes.items() if value is not None}
    return made(plc, "arm", (UR5E,), "robot", nodes=nodes, commands=commands)


GOAL = np.radians([10.0, -80.0, 70.0, -90.0, -90.0, 20.0])


@pytest.mark.parametrize("moving", [node("Runs"), None])
def test_an_arm_moves_its_joints(plc: Plc, moving: str | None) -> None:
    async def work(robot: Any) -> None:
        await robot.move_joint(GOAL, speed=0.5)
        assert plc.asked[0] == pytest.approx([10.0, -80.0, 70.0, -90.0, -90.0, 20.0])
        assert plc.asked[1] == pytest.approx(50.0)
        state = await robot.state()
        assert state.joints.position == pytest.approx(GOAL)
        assert not state.moving
        there = robot.kinematics.forward(GOAL)
        assert state.tcp.matrix == pytest.approx(there)
        await robot.move_pose(state.tcp.shifted(z=0.05))
        assert (await robot.state()).tcp.position[2] == pytest.approx(there[2, 3] + 0.05, abs=1e-6)

    using(arm(plc, moving=moving), work)


def test_rules_hold_before_the_wire(plc: Plc) -> None:
    async def work(robot: Any) -> None:
        with pytest.raises(LimitViolation):
            await robot.move_joint(GOAL + 100.0)
        await robot.move_joint(GOAL)
        asked = plc.asked
        with pytest.raises(CommandRejected, match="no command for a linear motion"):
            await robot.move_linear(Pose((await robot.state()).tcp.matrix, "base").offset(z=-0.01))
        with pytest.raises(CommandRejected, match="no command for the speed override"):
            await robot.set_speed_override(0.5)
        assert plc.asked is asked
        plc.put("Mode", 2)
        while (await robot.state()).mode.accepts_programs:  # noqa: ASYNC110  (the server tells in its own time)
            await asyncio.sleep(0.01)
        with pytest.raises(CommandRejected, match="manual reduced speed"):
            await robot.move_joint(GOAL)

    using(arm(plc), work)


async def started(robot: Any) -> asyncio.Task[None]:
    moving = asyncio.ensure_future(robot.move_joint(GOAL))
    while not (await robot.state()).moving:  # noqa: ASYNC110  (nothing else says that it moves)
        await asyncio.sleep(0.005)
    return moving


async def started_anew(robot: Any, plc: Plc) -> asyncio.Task[None]:
    """Again from where the arm was, once the machine has come to rest."""
    plc.do(plc._halt())
    plc.put("Joints", [0.0] * 6)
    while (await robot.state()).moving or (await robot.state()).joints.position.any():  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    return await started(robot)


def test_a_motion_is_stopped_and_the_arm_stands(plc: Plc) -> None:
    async def work(robot: Any) -> None:
        moving = await started(robot)
        await robot.stop()
        with pytest.raises(MotionAborted):
            await moving
        here = plc.get("Joints")
        await asyncio.sleep(0.1)
        assert plc.get("Joints") == here

    using(arm(plc), work)


def test_what_ends_a_motion(plc: Plc) -> None:
    async def work(robot: Any) -> None:
        moving = await started(robot)
        plc.put("Stop", True)
        with pytest.raises(EmergencyStop):
            await moving
        with pytest.raises(EmergencyStop):
            await robot.move_joint(GOAL)
        await robot.recover()
        assert (await robot.state()).safety is SafetyStatus.NORMAL
        moving = await started_anew(robot, plc)
        plc.put("BrokenText", "drive 3")
        plc.put("Broken", True)
        with pytest.raises(DeviceFault, match="drive 3"):
            await moving
        await robot.recover()
        moving = await started_anew(robot, plc)
        plc.do(plc._halt())  # at the machine's own panel
        with pytest.raises(MotionAborted, match=r"stopped .* rad from its goal"):
            await moving
        moving = await started_anew(robot, plc)
        plc.cut()
        with pytest.raises(ConnectionLost):
            await moving
        await robot.connect()
        await robot.move_joint(GOAL)

    using(arm(plc), work)


def test_joints_must_be_as_many_as_the_arm_has(plc: Plc) -> None:
    with pytest.raises(ConfigError, match=r"UR5e has 6 joints, and nodes\.joints 2"):
        arm(plc, joints=[node("Width"), node("Vacuum")])
    plc.put("Joints", [0.0] * 5)
    with pytest.raises(DeviceFault, match="joints"):
        using(arm(plc), lambda robot: robot.state())
