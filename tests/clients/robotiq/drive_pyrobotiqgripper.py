"""Drives a virtual gripper on a serial line with pyrobotiqgripper; prints JSON. Arguments: the line, what."""

from __future__ import annotations

import json
import sys
from typing import Any

import pyrobotiqgripper


def drive(gripper: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    gripper.activate()
    found["active"] = [gripper.isActivated(), gripper.isStarted()]
    gripper.close(speed=255)
    found["part"] = [gripper.position(), gripper.objectDetection()]
    gripper.open(speed=255)
    found["open"] = [gripper.position(), gripper.objectDetection()]
    gripper.calibrate_bit()
    gripper.calibrate_mm(closemm=0, openmm=85)
    gripper.move_mm(60, speed=255)
    found["60 mm"] = [gripper.position(), round(gripper.position_mm(), 1)]
    gripper.move(150, speed=0, wait=False)
    gripper.stop()
    found["stopped"] = [gripper.isStarted(), gripper.position() < 140]
    # One transaction writes and reads: function 23.
    gripper._writeAPSFreadStatus(0, 0, 1, 1, 30, 255, 0)
    gripper._waitComplete()
    found["write and read"] = gripper.position()
    read = gripper._client.read_input_registers
    found["refused"] = {
        "register": read(2001, count=3, device_id=9).exception_code,
        "coils": gripper._client.read_coils(0, count=1, device_id=9).exception_code,
        "function": gripper._client.read_fifo_queue(address=0, device_id=9).exception_code,
    }
    return found


def fault(gripper: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    try:
        gripper.move(100)
        found["move"] = "taken"
    except pyrobotiqgripper.RobotiqGripperError as error:
        found["move"] = type(error).__name__
    gripper.activate()
    gripper.close(speed=255)
    found["after"] = [gripper.isActivated(), gripper.position()]
    return found


def main() -> None:
    line, what = sys.argv[1:]
    gripper = pyrobotiqgripper.RobotiqGripper(com_port=line, device_id=9)
    result = {"drive": drive, "fault": fault}[what](gripper)
    gripper.disconnect()
    print("\n" + json.dumps(result))


if __name__ == "__main__":
    main()
