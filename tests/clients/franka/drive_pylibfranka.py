"""Drives a Franka controller with the vendor's own pylibfranka: arguments host and what to do; prints JSON."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import pylibfranka as fci

SECONDS = 2.0
TURN = 0.1  # rad, there at the end of half a cosine


def states(robot: Any) -> dict[str, Any]:
    state = robot.read_once()
    later = robot.read_once()
    model = robot.load_model()
    return {
        "mode": str(state.robot_mode).rsplit(".")[-1],
        "q": list(state.q),
        "q_d": list(state.q_d),
        "pose": list(state.O_T_EE),
        "gravity": list(model.gravity(state)),
        "period": (later.time.to_sec() - state.time.to_sec()) * 1000.0,
        "errors": bool(state.current_errors),
    }


INERTIA = [0.001, 0.0001, 0.0002, 0.0001, 0.002, 0.0003, 0.0002, 0.0003, 0.003]  # kg m², column-major


def settings(robot: Any) -> dict[str, Any]:
    robot.set_collision_behavior([20.0] * 7, [20.0] * 7, [20.0] * 6, [20.0] * 6)
    robot.set_joint_impedance([3000.0, 3000.0, 3000.0, 2500.0, 2500.0, 2000.0, 2000.0])
    robot.set_cartesian_impedance([3000.0, 3000.0, 3000.0, 300.0, 300.0, 300.0])
    robot.set_EE([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.1, 1.0])
    robot.set_K([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.02, 1.0])
    robot.set_load(0.5, [0.01, 0.02, 0.05], INERTIA)
    robot.read_once()
    state = robot.read_once()
    refused = ""
    try:
        robot.set_load(100.0, [0.0] * 3, [0.0] * 9)
    except fci.CommandException as error:
        refused = str(error)
    return {
        "mass": state.m_load,
        "centre": list(state.F_x_Cload),
        "inertia": [now - asked for now, asked in zip(state.I_load, INERTIA, strict=True)],
        "end_effector": list(state.NE_T_EE),
        "K": list(state.EE_T_K),
        "refused": refused,
    }


def follow(robot: Any, jump: float = 0.0) -> dict[str, Any]:
    """Half a cosine with joint 4; ``jump`` rad added in the middle of it."""
    control = robot.start_joint_position_control(fci.ControllerMode.JointImpedance)
    state, _ = control.readOnce()
    start, time, rates, missed, echoed = list(state.q_d), 0.0, [], 0, 0.0
    before: list[float] | None = None
    while True:
        state, step = control.readOnce()
        time += step.to_sec()
        missed += round(step.to_sec() * 1000.0) - 1
        rates.append(state.control_command_success_rate)
        if before is not None:
            echoed = max(echoed, min(abs(a - b) for a, b in zip(state.q_d, before, strict=True)))
        goal = list(start)
        goal[3] += TURN * 0.5 * (1.0 - math.cos(math.pi * min(time / SECONDS, 1.0)))
        if jump and time > SECONDS / 2:
            goal[3] += jump
        command = fci.JointPositions(goal)
        before = goal
        if time >= SECONDS:
            command.motion_finished = True
            control.writeOnce(command)
            break
        control.writeOnce(command)
    after = robot.read_once()
    return {
        "turned": after.q[3] - start[3],
        "missed": missed,
        "cycles": round(time * 1000.0),
        "success_rate": sum(rates[100:]) / max(1, len(rates[100:])),
        "mode": str(after.robot_mode).rsplit(".")[-1],
    }


def patiently(robot: Any) -> dict[str, Any]:
    """Try the motion again when a busy machine lost twenty cycles in a row; report how often that happened."""
    lost = 0
    while True:
        try:
            return follow(robot) | {"tries_lost": lost}
        except fci.ControlException as error:
            if "communication_constraints_violation" not in str(error) or lost == 4:
                raise
            lost += 1
            robot.automatic_error_recovery()


def reflex(robot: Any) -> dict[str, Any]:
    told = ""
    try:
        follow(robot, jump=0.05)
    except fci.ControlException as error:
        told = str(error)
    state = robot.read_once()
    found = {
        "told": told,
        "mode": str(state.robot_mode).rsplit(".")[-1],
        "flag": bool(state.current_errors.joint_motion_generator_velocity_limits_violation)
        or bool(state.current_errors.joint_motion_generator_velocity_discontinuity),
    }
    refused = ""
    try:
        robot.start_joint_position_control(fci.ControllerMode.JointImpedance)
    except fci.CommandException as error:
        refused = str(error)
    robot.automatic_error_recovery()
    # During the recovery no states were read: those that still fitted into the socket come first.
    for _ in range(200):
        state = robot.read_once()
        if not state.current_errors:
            break
    return found | {
        "refused": refused,
        "recovered": str(state.robot_mode).rsplit(".")[-1],
        "errors_after": bool(state.current_errors),
    }


def gripper(host: str) -> dict[str, Any]:
    hand = fci.Gripper(host)
    homed = hand.homing()
    top = hand.read_once()
    moved = hand.move(0.03, 0.1)
    state = hand.read_once()
    grasped = hand.grasp(0.02, 0.1, 40.0, 0.005, 0.005)
    failed = ""
    try:
        hand.move(0.5, 0.1)
    except fci.CommandException as error:
        failed = str(error)
    return {
        "version": hand.server_version(),
        "homed": homed,
        "max_width": top.max_width,
        "moved": moved,
        "width": state.width,
        "grasped_nothing": grasped,
        "too_wide": failed,
        "stopped": hand.stop(),
    }


def main() -> None:
    host, todo = sys.argv[1], sys.argv[2:]
    result: dict[str, Any] = {}
    if "gripper" in todo:
        result["gripper"] = gripper(host)
    if set(todo) - {"gripper"}:
        robot = fci.Robot(host, fci.RealtimeConfig.kIgnore)
        deeds = {"states": states, "settings": settings, "motion": patiently, "reflex": reflex}
        for what in todo:
            if what in deeds:
                result[what] = deeds[what](robot)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
