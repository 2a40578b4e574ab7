"""Drives a virtual gripper with pyrobotiqur; prints one JSON object. Arguments: host, port, what (move, fault)."""

from __future__ import annotations

import json
import sys
from typing import Any

from pyrobotiqur import RobotiqGripper


def said(call: Any) -> str:
    try:
        call()
    except (ValueError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"
    return "taken"


def move(gripper: RobotiqGripper) -> dict[str, object]:
    found: dict[str, object] = {"before": gripper.get_status().name}
    found["early"] = [said(lambda: gripper.set_var("GTO", 1)), gripper.get_fault()]
    gripper.activate()
    found["active"] = [gripper.get_status().name, gripper.get_fault()]
    position, seen = gripper.close(speed=255, force=255)
    found["part"] = [position, seen.name]
    position, seen = gripper.open(speed=255)
    found["open"] = [position, seen.name]
    position, seen = gripper.move(40, speed=255)
    found["on the way"] = [position, seen.name, gripper.get_requested_position()]
    position, seen = gripper.move_percent(10.0, speed=255)
    found["percent"] = [position, seen.name]
    found["identity"] = [gripper.get_var("SID"), gripper.get_var("FWV") > 0]
    found["refused"] = {
        "unknown": said(lambda: gripper.get_var("XYZ")),
        "read only": said(lambda: gripper.set_var("STA", 3)),
        "beyond": said(lambda: gripper.set_var("POS", 256)),
        "nonsense": gripper._send_raw("MOVE NOW"),
    }
    return found


def fault(gripper: RobotiqGripper) -> dict[str, object]:
    found: dict[str, object] = {"fault": gripper.get_fault()}
    gripper.set_var("POS", 200)
    gripper.set_var("GTO", 1)
    found["refuses"] = gripper.get_position()
    gripper.reset()
    gripper.activate()
    found["after"] = [gripper.get_status().name, gripper.get_fault(), gripper.close(speed=255)[0]]
    return found


def main() -> None:
    host, port, what = sys.argv[1:]
    with RobotiqGripper(host, int(port)) as gripper:
        print(json.dumps({"move": move, "fault": fault}[what](gripper)))


if __name__ == "__main__":
    main()
