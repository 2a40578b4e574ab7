"""The readings and commands of an arm for clients.

The open interface holds the rules; a command with a wrong argument is refused on submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.cell.cell import Cell
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.devices import Arm, Load
from cellkit.devices.motion import Waypoint
from cellkit.supervision.kinds.alarm_kind import EMERGENCY_STOP, FAULT, PROTECTIVE_STOP, AlarmStates, failed, value
from cellkit.supervision.kinds.command import (
    FRAME,
    POSE,
    Argument,
    ArgumentKind,
    Arguments,
    Command,
    WrongArgument,
    check_poses,
    pose_of,
    poses_of,
)
from cellkit.supervision.kinds.reading import Item, Reading, Stamped, pose_numbers
from cellkit.supervision.kinds.supervised_kind import SupervisedKind

SHARE = Argument("Speed", ArgumentKind.NUMBER, "share of the joint limits, 0 to 1; 0: all of it", "", 0.0, 1.0)
SPEED = Argument("Speed", ArgumentKind.NUMBER, "speed of the TCP; 0: the arm's highest", "m/s", 0.0, 100.0)
JOINTS = Argument("Joints", ArgumentKind.NUMBERS, "one position a joint", "rad", -1e4, 1e4)
POSES = Argument(
    "Poses", ArgumentKind.NUMBERS, "poses one after the other, seven numbers each", "m", count=7, several=True
)
RADII = Argument("BlendRadii", ArgumentKind.NUMBERS, "one radius a pose; 0: stop there", "m", 0.0, 10.0)
MASS = Argument("Mass", ArgumentKind.NUMBER, "mass of the part that the gripper holds", "kg", 0.0, 1000.0)
OVERRIDE = Argument("Percent", ArgumentKind.NUMBER, "share of the programmed speed", "%", 0.0, 100.0)


async def _move_joints(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.move_joint(given["Joints"], speed=given["Speed"] or 1.0)


def _check_joints(_cell: Cell, arm: Arm, given: Arguments) -> None:
    joints = given["Joints"]
    if len(joints) != len(arm.limits):
        raise WrongArgument("Joints", f"Joints: {arm.model.name} has {len(arm.limits)} joints, not {len(joints)}")
    problem = arm.limits.violation(np.array(joints))
    if problem:
        raise WrongArgument("Joints", f"Joints: {problem}")


async def _move_pose(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.move_pose(pose_of(given["Pose"], given["Frame"]), speed=given["Speed"] or 1.0)


async def _move_linear(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.move_linear(pose_of(given["Pose"], given["Frame"]), speed=given["Speed"] or None)


async def _move_circular(_cell: Cell, arm: Arm, given: Arguments) -> None:
    frame = given["Frame"]
    await arm.move_circular(pose_of(given["Via"], frame), pose_of(given["Pose"], frame), speed=given["Speed"] or None)


async def _move_path(_cell: Cell, arm: Arm, given: Arguments) -> None:
    poses = poses_of(given["Poses"], given["Frame"])
    waypoints = [Waypoint(pose, radius) for pose, radius in zip(poses, given["BlendRadii"], strict=True)]
    await arm.move_path(waypoints, speed=given["Speed"] or None)


def _check_line(cell: Cell, arm: Arm, given: Arguments) -> None:
    check_poses(cell, arm, given)
    highest = arm.model.cartesian.max_speed
    if given["Speed"] > highest:
        text = f"Speed: {given['Speed']:g} m/s is above the {highest:g} m/s of {arm.model.name}"
        raise WrongArgument("Speed", text)


def _check_path(cell: Cell, arm: Arm, given: Arguments) -> None:
    _check_line(cell, arm, given)
    if len(given["BlendRadii"]) * 7 != len(given["Poses"]):
        text = f"BlendRadii: {len(given['Poses']) // 7} poses need as many radii, not {len(given['BlendRadii'])}"
        raise WrongArgument("BlendRadii", text)


async def _nearest(_cell: Cell, arm: Arm, given: Arguments) -> dict[str, Any]:
    candidates = poses_of(given["Poses"], given["Frame"])
    best = await arm.nearest(candidates)
    return {"index": float(next(i for i, pose in enumerate(candidates) if pose is best)), "pose": pose_numbers(best)}


async def _set_payload(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.set_payload(Load(given["Mass"]))


async def _set_speed_override(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.set_speed_override(given["Percent"] / 100.0)


async def _recover(_cell: Cell, arm: Arm, _given: Arguments) -> None:
    await arm.recover()


async def _home(_cell: Cell, arm: Arm, given: Arguments) -> None:
    await arm.move_joint(arm.home, speed=given["Speed"] or 1.0)


MOVE_JOINTS = Command(
    "MoveJoints", "Move all joints together to their positions", _move_joints, (JOINTS, SHARE), check=_check_joints
)
MOVE_HOME = Command("MoveHome", "Move all joints to the home position of the arm's model", _home, (SHARE,))
MOVE_POSE = Command(
    "MovePose", "Move the TCP to a pose, the joints together", _move_pose, (POSE, FRAME, SHARE), check=check_poses
)
MOVE_LINEAR = Command(
    "MoveLinear", "Move the TCP to a pose on a straight line", _move_linear, (POSE, FRAME, SPEED), check=_check_line
)
VIA = Argument("Via", POSE.kind, "a pose that the arc goes through; its position counts", "m", -1000.0, 1000.0, count=7)
MOVE_CIRCULAR = Command(
    "MoveCircular", "Move the TCP to a pose on an arc", _move_circular, (VIA, POSE, FRAME, SPEED), check=_check_line
)
MOVE_PATH = Command(
    "MovePath",
    "Move the TCP through poses on straight lines, blended at the corners",
    _move_path,
    (POSES, RADII, FRAME, SPEED),
    check=_check_path,
)
NEAREST = Command(
    "Nearest",
    "Which of several poses the arm reaches with the least joint travel; result: its index, and the pose",
    _nearest,
    (POSES, FRAME),
    actuates=False,
    check=check_poses,
)
SET_PAYLOAD = Command("SetPayload", "Set the mass of the part that the gripper holds", _set_payload, (MASS,))
SET_SPEED_OVERRIDE = Command(
    "SetSpeedOverride", "Scale the speed of all motions, the running one too", _set_speed_override, (OVERRIDE,)
)
RECOVER = Command("Recover", "Clear a protective stop or a fault by the vendor's own sequence", _recover)

ARM_COMMANDS = (
    MOVE_JOINTS,
    MOVE_HOME,
    MOVE_POSE,
    MOVE_LINEAR,
    MOVE_CIRCULAR,
    MOVE_PATH,
    NEAREST,
    SET_PAYLOAD,
    RECOVER,
)

ARM_ITEMS = (
    Item("joint_positions", "numbers", "rad"),
    Item("joint_velocities", "numbers", "rad/s"),
    Item("tcp_pose", "numbers", "m"),
    Item("tcp_speed", "number", "m/s"),
    Item("operational_mode", "number"),
    Item("protective_stop", "flag"),
    Item("emergency_stop", "flag"),
    Item("speed_override", "number"),
    Item("moving", "flag"),
    Item("fault", "text"),
    Item("tool", "text"),
    Item("flange_load", "number", "kg"),
)


def _alarms(readings: Mapping[str, Reading]) -> AlarmStates:
    if failed(readings):
        return {FAULT: (True, "")}
    fault = value(readings, "fault") or ""
    return {
        EMERGENCY_STOP: (bool(value(readings, "emergency_stop")), ""),
        PROTECTIVE_STOP: (bool(value(readings, "protective_stop")), ""),
        FAULT: (bool(fault), fault),
    }


async def _read(arm: Arm) -> Stamped:
    state = await arm.state()
    position, velocity = state.joints.position, state.joints.velocity
    tool = arm.tool.tcp.matrix
    moves = velocity.any()  # nearly all readings are those of an arm at rest
    speed = float(np.linalg.norm((arm.kinematics.jacobian(position, tool) @ velocity)[:3])) if moves else 0.0
    fault = "" if state.fault is None else f"{state.fault.code}: {state.fault.text}"
    return state.stamp, {
        "joint_positions": position.tolist(),
        "joint_velocities": velocity.tolist(),
        "tcp_pose": pose_numbers(state.tcp),
        "tcp_speed": speed,
        "operational_mode": int(state.mode),
        "protective_stop": state.safety.name == "PROTECTIVE_STOP",
        "emergency_stop": state.safety.name == "EMERGENCY_STOP",
        "speed_override": state.speed_override,
        "moving": state.moving,
        "fault": fault,
        "tool": arm.tool.name,
        "flange_load": arm.tool.load.mass + arm.payload.mass,
    }


def _details(arm: Arm, _section: DeviceSection) -> dict[str, Any]:
    joints = arm.model.kinematics.joints
    return {
        "joints": [joint.name for joint in joints],
        "endless": [joint.lower is None and joint.upper is None for joint in joints],
    }


def _columns(arm: Arm) -> list[tuple[str, str]]:
    joints = [joint.name for joint in arm.model.kinematics.joints]
    positions = [(f"{name}_position", "rad") for name in joints]
    velocities = [(f"{name}_velocity", "rad/s") for name in joints]
    pose = [("x", "m"), ("y", "m"), ("z", "m"), ("qx", ""), ("qy", ""), ("qz", ""), ("qw", "")]
    return [*positions, *velocities, *pose]


async def _sample(arm: Arm) -> tuple[float, list[float]]:
    state = await arm.state()
    joints = state.joints
    return state.stamp, [*joints.position.tolist(), *joints.velocity.tolist(), *pose_numbers(state.tcp)]


ARM = SupervisedKind(
    items=lambda _arm: ARM_ITEMS,
    read=_read,
    commands=ARM_COMMANDS,
    settings=(SET_SPEED_OVERRIDE,),
    recover=RECOVER,
    alarms=(EMERGENCY_STOP, PROTECTIVE_STOP, FAULT),
    alarm_states=_alarms,
    details=_details,
    columns=_columns,
    sample=_sample,
)
