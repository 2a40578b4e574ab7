"""Drives a virtual control box with the vendor's own SDK, unmodified; prints the results as one JSON object.

Arguments: host, control port, and the task. The SDK has its ports as constants of a class; that of the control port
is set here where 502 is not permitted. The report ports must be the vendor's own: the SDK tells packets by them.
"""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

from xarm.core.config.x_config import XCONF
from xarm.wrapper import XArmAPI

HOST = sys.argv[1]
XCONF.SocketConf.TCP_CONTROL_PORT = int(sys.argv[2])
DOWN = [0.0, -25.0, -44.0, 0.0, 69.0, 0.0]


def connected(**options: Any) -> XArmAPI:
    arm = XArmAPI(HOST, **options)
    time.sleep(0.6)  # three reports
    return arm


def ready(arm: XArmAPI, mode: int = 0) -> list[int]:
    codes = [arm.motion_enable(True), arm.set_mode(mode), arm.set_state(0)]
    time.sleep(0.4)
    return codes


def moves() -> dict[str, Any]:
    arm = connected(check_robot_sn=True)
    seen: list[int] = []
    arm.register_state_changed_callback(lambda item: seen.append(item["state"]))
    found: dict[str, Any] = {
        "version": arm.version, "axis": arm.axis, "type": arm.device_type, "ready": ready(arm), "sn": arm.sn,
        "protocol": arm._arm.arm_cmd.get_protocol_identifier(), "feedback": arm._arm.support_feedback,
    }  # fmt: skip
    found["joint"] = arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    found["angles"] = arm.get_servo_angle()[1][:6]
    start = arm.get_position()[1]
    found["line"] = arm.set_position(*start[:2], start[2] + 50, *start[3:], speed=200, wait=True)
    found["risen"] = arm.get_position()[1][2] - start[2]
    found["back"] = arm.set_position(z=-50, relative=True, speed=200, wait=True)
    corners = [(0.0, 40.0, 20.0), (40.0, 40.0, 20.0), (40.0, 0.0, -1.0)]
    found["blend"] = [
        arm.set_position(start[0] + x, start[1] + y, *start[2:], radius=radius, speed=150, wait=radius < 0)
        for x, y, radius in corners
    ]
    end = arm.get_position()[1]
    found["path_end"] = [end[0] - start[0], end[1] - start[1]]
    via, goal = [end[0] - 20, end[1] + 20, *end[2:]], [end[0] - 40, *end[1:]]
    found["circle"] = arm.move_circle(via, goal, percent=50, speed=100, wait=True)
    stop = arm.get_position()[1]
    found["circle_end"] = [stop[0] - goal[0], stop[1] - goal[1]]
    found["pause"] = [arm.set_servo_angle(angle=[30.0, *DOWN[1:]], speed=20), arm.set_state(3)]
    time.sleep(0.5)
    found["paused_state"] = arm.get_state()[1]
    first = arm.get_servo_angle()[1][0]
    time.sleep(0.3)
    found["paused_moved"] = abs(arm.get_servo_angle()[1][0] - first)
    arm.set_state(0)
    time.sleep(0.5)
    found["resumed_state"] = arm.get_state()[1]
    arm.emergency_stop()
    found["stopped"] = [arm.state, arm.get_cmdnum()[1]]
    found["refused"] = arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    arm.set_state(0)
    found["again"] = arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    found["home_angles"] = arm.get_servo_angle()[1][:6]
    found["states"] = sorted(set(seen))
    found["report_moving"] = arm.connected and arm._arm._stream_report.connected
    arm.disconnect()
    return found


def settings() -> dict[str, Any]:
    arm = connected()
    ready(arm)
    found: dict[str, Any] = {
        "load": arm.set_tcp_load(0.82, [0, 0, 48]),
        "offset": arm.set_tcp_offset([0, 0, 172, 0, 0, 0]),
    }
    time.sleep(0.5)
    found["state_after_offset"] = arm.get_state()[1]
    found["reported"] = [arm.tcp_offset[2], arm.tcp_load[0]]
    arm.set_state(0)
    solved = arm.get_inverse_kinematics([300, 0, 150, 180, 0, 0])
    found["ik"] = solved[0]
    found["fk"] = arm.get_forward_kinematics(solved[1][:6])[1]
    found["limits"] = [
        arm.is_joint_limit([0, 130, 0, 0, 0, 0])[1],
        arm.is_joint_limit(DOWN)[1],
        arm.is_tcp_limit([900, 0, 900, 180, 0, 0])[1],
    ]
    found["outputs"] = [arm.set_cgpio_digital(1, 1), arm.set_cgpio_digital(9, 1), arm.set_tgpio_digital(0, 1)]
    found["inputs"] = [arm.get_cgpio_digital()[1], arm.get_tgpio_digital()[1], arm.get_cgpio_analog(0)[1]]
    found["analog"] = arm.set_cgpio_analog(0, 5.0)
    found["io"] = arm.get_cgpio_state()[1][4:10]
    found["sensitivity"] = [arm.set_collision_sensitivity(2), arm.set_teach_sensitivity(4)]
    time.sleep(0.5)
    found["reported_sensitivity"] = [arm.collision_sensitivity, arm.teach_sensitivity]
    found["reduced"] = [
        arm.set_reduced_max_joint_speed(30),
        arm.set_reduced_max_tcp_speed(150),
        arm.set_reduced_mode(True),
    ]
    found["reduced_states"] = arm.get_reduced_states()[1]
    arm.set_reduced_mode(False)
    found["counter"] = [arm.set_counter_increase(3), arm.set_counter_reset()]
    found["aa"] = arm.get_position_aa()[1]
    found["joint_states"] = [len(values) for values in arm.get_joint_states()[1]]
    found["error"] = arm.get_err_warn_code()[1]
    arm.disconnect()
    return found


def streams() -> dict[str, Any]:
    arm = connected(report_type="real")
    ready(arm)
    arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    found: dict[str, Any] = {"report": arm._arm._stream_report.connected, "wrong_mode": arm.set_servo_angle_j(DOWN)}
    ready(arm, 1)
    codes = set()
    for step in range(100):
        codes.add(arm.set_servo_angle_j([10.0 * (1 - math.cos(math.pi * step / 99)) / 2, *DOWN[1:]]))
        time.sleep(0.01)
    time.sleep(0.5)
    found["servo"] = [sorted(codes), arm.get_servo_angle()[1][0]]
    pose = arm.get_position()[1]
    codes = {arm.set_servo_cartesian([pose[0], pose[1] + step / 10, *pose[2:]]) for step in range(50)}
    time.sleep(0.5)
    found["servo_cartesian"] = [sorted(codes), arm.get_position()[1][1] - pose[1]]
    ready(arm, 4)
    before = arm.get_servo_angle()[1][0]
    found["joint_velocity"] = arm.vc_set_joint_velocity([10, 0, 0, 0, 0, 0], duration=1.0)
    time.sleep(2.0)
    found["turned"] = arm.get_servo_angle()[1][0] - before
    ready(arm, 5)
    before = arm.get_position()[1][2]
    found["cartesian_velocity"] = arm.vc_set_cartesian_velocity([0, 0, 30, 0, 0, 0], duration=1.0)
    time.sleep(2.0)
    found["risen"] = arm.get_position()[1][2] - before
    ready(arm, 6)
    found["online"] = [arm.set_servo_angle(angle=[40.0, *DOWN[1:]], speed=30)]
    time.sleep(0.5)
    found["online"].append(arm.set_servo_angle(angle=DOWN, speed=60))
    time.sleep(2.5)
    found["online_end"] = arm.get_servo_angle()[1][0]
    arm.disconnect()
    return found


def trouble() -> dict[str, Any]:
    """An end effector fault was raised before; then an impossible line; then the emergency stop button is pressed."""
    arm = connected()
    found: dict[str, Any] = {"error": arm.get_err_warn_code()[1], "state": arm.get_state()[1]}
    found["refused"] = arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    found["cleared"] = [arm.clean_error(), *ready(arm)]
    found["moved"] = arm.set_servo_angle(angle=DOWN, speed=60, wait=True)
    found["impossible"] = arm.set_position(3000, 0, 200, 180, 0, 0, speed=100, wait=True)
    found["impossible_error"] = arm.get_err_warn_code()[1][0]
    found["cleared_again"] = [arm.clean_error(), *ready(arm)]
    found["pressed"] = arm.set_servo_angle(angle=[170.0, *DOWN[1:]], speed=5, wait=True)
    found["pressed_error"] = arm.get_err_warn_code()[1][0]
    time.sleep(0.5)  # until that is in a report
    found["brakes"] = arm.motor_brake_states[:6]
    arm.clean_error()
    found["still_pressed"] = arm.get_err_warn_code()[1][0]
    time.sleep(4.0)  # it is released meanwhile
    found["released"] = [arm.clean_error(), *ready(arm)]
    found["after"] = arm.set_servo_angle(angle=DOWN, speed=90, wait=True)
    arm.disconnect()
    return found


if __name__ == "__main__":
    result = {"moves": moves, "settings": settings, "streams": streams, "trouble": trouble}[sys.argv[3]]()
    print(json.dumps(result))
