"""Drives a virtual IRC5 with abb-robot-client (RWS 1.0, subscriptions, EGM): URL and EGM port are the arguments."""

import json
import sys
import time

import numpy as np
from abb_robot_client.egm import EGM
from abb_robot_client.rws import (
    RWS,
    ABBException,
    JointTarget,
    SubscriptionResourcePriority,
    SubscriptionResourceRequest,
    SubscriptionResourceType,
)

url, egm_port = sys.argv[1], int(sys.argv[2])
result = {}
rws = RWS(url)


def refused(call, *arguments):
    try:
        call(*arguments)
    except ABBException as error:
        return error.code
    return None


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


# --- reading and settings
result["state"] = rws.get_controller_state()
result["mode"] = rws.get_operation_mode()
result["tasks"] = {name: [task.type_, task.active, task.motiontask] for name, task in rws.get_tasks().items()}
result["execution"] = rws.get_execution_state().ctrlexecstate
result["joints"] = rws.get_jointtarget().robax.tolist()
target = rws.get_robtarget()
result["target"] = [target.trans.tolist(), target.rot.tolist()]
rws.set_speedratio(70)
result["speed"] = rws.get_speedratio()
rws.set_speedratio(100)
result["ramdisk"] = rws.get_ramdisk_path()

# --- signals
rws.set_digital_io("DO_1", True)
result["digital"] = [rws.get_digital_io("DO_1"), rws.get_digital_io("DI_1")]
rws.set_analog_io("AO_1", 2.5)
result["analogue"] = rws.get_analog_io("AO_1")

# --- RAPID data
result["variables"] = sorted(one["name"] for one in rws.get_rapid_variables())
rws.set_rapid_variable_num("example_num", 12.5)
result["num"] = rws.get_rapid_variable_num("example_num")
rws.set_rapid_variable("example_string", '"hello"')
result["string"] = rws.get_rapid_variable("example_string")
rws.set_rapid_variable_num_array("example_array", [4, 5, 6.5])
result["array"] = rws.get_rapid_variable_num_array("example_array").tolist()
rws.set_rapid_variable_jointtarget("example_joints", JointTarget(np.deg2rad([1, 2, 3, 4, 5, 6]), np.zeros(6)))
result["jointtarget"] = np.rad2deg(rws.get_rapid_variable_jointtarget("example_joints").robax).tolist()

# --- files
rws.upload_file("$HOME/hello.txt", b"hello")
result["files"] = rws.list_files("$HOME")
result["file"] = rws.read_file("$HOME/hello.txt").decode()
rws.delete_file("$HOME/hello.txt")

# --- refusals
result["refused"] = {
    "signal": refused(rws.get_digital_io, "nothing"),
    "input": refused(rws.set_digital_io, "DI_1", True),
    "symbol": refused(rws.get_rapid_variable, "nothing"),
    "type": refused(rws.set_rapid_variable, "example_num", '"text"'),
    "speed": refused(rws.set_speedratio, 101),
    "state": refused(rws.set_controller_state, "dancing"),
}
try:
    RWS(url, "Default User", "wrong").get_controller_state()
    result["refused"]["password"] = None
except Exception as error:
    result["refused"]["password"] = str(error)

# --- subscription
kinds, medium, high = SubscriptionResourceType, SubscriptionResourcePriority.Medium, SubscriptionResourcePriority.High
heard = []
subscription = rws.subscribe(
    [
        SubscriptionResourceRequest(kinds.ControllerState, medium),
        SubscriptionResourceRequest(kinds.OperationalMode, medium),
        SubscriptionResourceRequest(kinds.ExecutionState, medium),
        SubscriptionResourceRequest(kinds.PersVar, high, "example_num"),
        SubscriptionResourceRequest(kinds.Signal, high, "DO_2"),
        SubscriptionResourceRequest(kinds.Elog, medium),
    ],
    heard.append,
)
until(lambda: subscription.ws.sock is not None and subscription.ws.sock.connected)
rws.set_digital_io("DO_2", True)
rws.set_rapid_variable_num("example_num", 7)
rws.set_controller_state("motoroff")
result["start_without_motors"] = refused(rws.start)
rws.set_controller_state("motoron")

# --- EGM
egm = EGM(egm_port)
rws.resetpp()
rws.start(cycle="forever")
ok, state = egm.receive_from_robot(5.0)
start = state.joint_angles.copy()
result["egm_flags"] = [bool(state.rapid_running), bool(state.motors_on)]
goal = start + np.array([5.0, -4.0, 3.0, 0.0, 2.0, 0.0])
cycles, reached = 0, start
while cycles < 1000:
    ok, state = egm.receive_from_robot(1.0)
    if not ok:
        break
    cycles += 1
    reached = state.joint_angles
    share = min(1.0, cycles / 250)
    egm.send_to_robot(start + (goal - start) * share)
    if share == 1.0 and abs(reached - goal).max() < 0.01:
        break
result["egm_cycles"] = cycles
result["egm_off_deg"] = float(abs(reached - goal).max())
result["egm_moved_tool_mm"] = float(np.linalg.norm(state.cartesian[0] - np.array(target.trans)))
result["running"] = rws.get_execution_state().ctrlexecstate
rws.stop()
result["stopped"] = rws.get_execution_state().ctrlexecstate
result["rws_off_deg"] = float(abs(rws.get_jointtarget().robax - goal).max())

# --- a program that gets no references any more ends by itself
rws.resetpp()
rws.start(cycle="forever")
until(lambda: rws.get_execution_state().ctrlexecstate == "stopped")
result["after_silence"] = rws.get_execution_state().ctrlexecstate
log = rws.read_event_log()
result["log_codes"] = [entry.code for entry in log[:5]]
result["log_kinds"] = [entry.msgtype for entry in log[:5]]
result["heard"] = sorted({type(one).__name__ for one in heard})
result["heard_states"] = [one.state for one in heard if type(one).__name__ == "ControllerState"]
result["heard_values"] = [one.value for one in heard if type(one).__name__ == "VariableValue"]
result["heard_signals"] = [one.lvalue for one in heard if type(one).__name__ == "Signal"]
egm.close()
rws.close()
print(json.dumps(result))
