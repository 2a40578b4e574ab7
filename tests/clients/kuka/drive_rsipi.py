"""Runs in RSIPI's own environment: corrects joints and pose of a controller that speaks RSI; prints what it saw."""

import json
import os
import sys
import tempfile
import time

from RSIPI.rsi_api import RSIAPI


def settled(read, seconds=3.0):
    """What ``read`` returns once it no longer changes."""
    before, end = read(), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.2)
        now = read()
        if all(abs(float(now[key]) - float(before[key])) < 1e-4 for key in now):
            return now
        before = now
    return before


def correct(config):
    """Slow corrections, as a sensor would make them."""
    seen = {}
    with RSIAPI(config, rsi_mode="absolute", max_joint_rate=0.1, max_cartesian_rate=0.4) as api:
        api.start()
        seen["connected"] = api.wait_for_connection(20.0)
        first = api.monitoring.get_ipoc()
        seen["joints"] = [api.motion.get_current_joints()]
        seen["poses"] = [api.motion.get_current_pose()]
        api.motion.update_joints(A1=5.0, A6=-10.0)
        time.sleep(1.0)
        seen["joints"].append(settled(api.motion.get_current_joints))
        api.motion.update_joints(A1=0.0, A6=0.0)
        time.sleep(1.0)
        seen["joints"].append(settled(api.motion.get_current_joints))
        api.motion.update_cartesian(Z=-30.0)
        time.sleep(1.0)
        seen["poses"].append(settled(api.motion.get_current_pose))
        api.motion.update_cartesian(Z=0.0)
        time.sleep(1.0)
        seen["poses"].append(settled(api.motion.get_current_pose))
        api.tools.update_variable("DiO", 6)
        time.sleep(0.2)
        seen["status"] = {key: float(value) for key, value in dict(api.client.send_variables["Status"]).items()}
        seen["delay"] = dict(api.client.send_variables["Delay"])
        seen["ipocs"] = int(api.monitoring.get_ipoc()) - int(first)
    return seen


def jump(config):
    """A correction of 20 degrees at once, which RSI must not follow."""
    seen = {}
    with RSIAPI(config, rsi_mode="absolute") as api:
        api.start()
        seen["connected"] = api.wait_for_connection(20.0)
        time.sleep(0.3)
        before = api.motion.get_current_joints()
        api.motion.update_joints(A1=20.0)
        time.sleep(0.5)
        stopped = api.monitoring.get_ipoc()
        time.sleep(0.5)
        seen["broken_off"] = stopped == api.monitoring.get_ipoc()
        seen["moved"] = float(api.motion.get_current_joints()["A1"]) - float(before["A1"])
    return seen


if __name__ == "__main__":
    path = os.path.abspath(sys.argv[1])
    os.chdir(tempfile.mkdtemp())  # it leaves files where it runs
    print(json.dumps({"corrected": correct(path), "jumped": jump(path)}))
