"""Runs in an environment of its own, with the vendor's CRI-Python-Lib from a folder; prints what it did and saw."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from cri_lib import CRIController

asyncio.set_event_loop(asyncio.new_event_loop())
host, port = sys.argv[2], int(sys.argv[3])
seen = {}


def joints(controller):
    state = controller.robot_state.joints_current
    return [state.A1, state.A2, state.A3, state.A4, state.A5, state.A6]


def cart(controller):
    pose = controller.robot_state.position_robot
    return [pose.X, pose.Y, pose.Z, pose.A, pose.B, pose.C]


first = CRIController()
seen["connected"] = first.connect(host, port, application_name="cellkit tests")
first.wait_for_status_update(5.0)
seen["passive"] = first.enable()
seen["active"] = first.set_active_control(True)
seen["reset"], seen["enabled"] = first.reset(), first.enable()
seen["ready"] = first.wait_for_kinematics_ready(10.0)
seen["axes"] = first.robot_state.robot_axes_count
seen["version"] = first.robot_state.robot_control_version
seen["configuration"] = first.robot_state.robot_configuration

first.set_override(100.0)
home = joints(first)
pose = cart(first)
goal = [home[0] + 10.0, *home[1:]]
seen["joint"] = first.move_joints(*goal, 0, 0, 0, 50.0, wait_move_finished=True, acceleration=60.0)
first.wait_for_status_update(5.0)
seen["turned"] = joints(first)[0] - home[0]
seen["relative"] = first.move_joints_relative(-10.0, 0, 0, 0, 0, 0, 0, 0, 0, 50.0, wait_move_finished=True)
first.wait_for_status_update(5.0)
seen["back"] = max(abs(a - b) for a, b in zip(joints(first), home, strict=False))
up = [pose[0], pose[1], pose[2] + 30.0, *pose[3:]]
seen["cart"] = first.move_cartesian(*up, 0, 0, 0, 100.0, "#base", wait_move_finished=True)
first.wait_for_status_update(5.0)
seen["lifted"] = [a - b for a, b in zip(cart(first)[:3], pose[:3], strict=False)]
seen["base"] = first.move_base_relative(0, 20.0, 0, 0, 0, 0, 0, 0, 0, 100.0, wait_move_finished=True)
seen["tool"] = first.move_tool_relative(0, 0, 30.0, 0, 0, 0, 0, 0, 0, 100.0, wait_move_finished=True)
first.wait_for_status_update(5.0)
seen["there"] = [a - b for a, b in zip(cart(first)[:3], pose[:3], strict=False)]

first.move_joints(*goal, 0, 0, 0, 5.0)
time.sleep(0.5)
seen["second_motion"] = first.move_joints(*home, 0, 0, 0, 50.0)
seen["stopped"] = first.stop_move()
seen["beyond"] = first.move_joints(500, 0, 0, 0, 0, 0, 0, 0, 0, 50.0)
seen["too_fast"] = first.move_joints(*home, 0, 0, 0, 150.0)
seen["out_of_reach"] = first.move_cartesian(2000, 0, 300, 180, 0, 180, 0, 0, 0, 100.0, wait_move_finished=True)
first.wait_for_status_update(5.0)
seen["kinstate"] = first.robot_state.kinematics_state.value
seen["cleared"] = [first.reset(), first.enable(), first.wait_for_kinematics_ready(10.0)]
seen["home"] = first.move_joints(*home, 0, 0, 0, 50.0, wait_move_finished=True)

seen["signals"] = [first.set_dout(3, True), first.set_din(5, True), first.set_global_signal(7, True)]
seen["override"] = first.set_override(40.0)
first.wait_for_status_update(5.0)
first.wait_for_status_update(5.0)
state = first.robot_state
seen["seen_signals"] = [state.dout[3], state.din[5], state.global_signals[7], state.override]
seen["referencing"] = [first.get_referencing_info(), state.referencing_state.global_state.value]
seen["referenced"] = [first.reference_single_joint("A2"), first.reference_all_joints()]
seen["temperatures"] = [len(first.get_board_temperatures()), len(first.get_motor_temperatures())]

program = Path(tempfile.mkdtemp()) / "tried.xml"
program.write_text("<Program>\n</Program>\n")
seen["uploaded"] = first.upload_file(program, "Programs")
time.sleep(0.3)
seen["files"] = first.list_files("Programs") if first.list_files.__code__.co_argcount > 1 else first.list_files()
seen["loaded"] = [first.load_programm("tried.xml"), first.load_programm("none.xml"), first.start_programm()]

second = CRIController()
second.DEFAULT_ANSWER_TIMEOUT = 1.0
second.connect(host, port)
try:
    seen["second_active"] = second.set_active_control(True)
except Exception as error:
    seen["second_active"] = type(error).__name__
seen["second_moves"] = second.move_joints(*home, 0, 0, 0, 50.0)
second.close()

print("ready for the emergency stop", file=sys.stderr, flush=True)
seen["released"] = first.set_active_control(False)
first.close()
print(json.dumps(seen))
