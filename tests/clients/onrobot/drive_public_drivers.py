"""Runs the public drivers onrobot-rg and onrobot-vg, as they are, against a virtual gripper; prints one JSON object.

Arguments: the driver's folder, rg2, rg6 or vg, host, port.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def wait(gripper: Any) -> list[int]:
    while True:
        time.sleep(0.05)
        status: list[int] = gripper.get_status()
        if not status[0]:
            return status


def drive_rg(make: Any, model: str, host: str, port: int) -> dict[str, Any]:
    gripper = make(model, host, port)
    found = {"offset": gripper.get_fingertip_offset(), "status": gripper.get_status()}
    gripper.close_gripper()
    found["closed"] = [wait(gripper)[1], gripper.get_width(), gripper.get_width_with_offset()]
    gripper.open_gripper()
    found["opened"] = [wait(gripper)[1], gripper.get_width_with_offset()]
    gripper.move_gripper(800)
    found["moved"] = [wait(gripper)[1], gripper.get_width_with_offset()]
    gripper.set_target_force(250)
    gripper.set_target_width(100)
    gripper.set_control_mode(1)
    time.sleep(0.1)
    gripper.set_control_mode(8)
    found["stopped"] = [wait(gripper)[1], 10.0 < gripper.get_width() < 80.0]
    gripper.close_connection()
    return found


def drive_vg(make: Any, host: str, port: int) -> dict[str, Any]:
    gripper = make(host, port)
    found = {"limit": gripper.get_vacuum_limit()}
    gripper.vacuum_on(sleep_sec=1.0)
    found["on"] = [gripper.get_channelA_vacuum(), gripper.get_channelB_vacuum()]
    gripper.release_vacuum()
    found["off"] = [gripper.get_channelA_vacuum(), gripper.get_channelB_vacuum()]
    gripper.vacuum_on_channelA(sleep_sec=1.0)
    found["a"] = gripper.get_channelA_vacuum()
    gripper.set_channelA_control("Grip", 60)
    found["60 %"] = gripper.get_channelA_vacuum()
    gripper.release_vacuum_channelA()
    found["released"] = gripper.get_channelA_vacuum()
    gripper.close_connection()
    return found


def main() -> None:
    folder, what, host, port = sys.argv[1:]
    sys.path.insert(0, str(Path(folder) / "src"))
    import onrobot

    with contextlib.redirect_stdout(sys.stderr):  # it tells what it does
        vacuum = what == "vg"
        found = drive_vg(onrobot.VG, host, int(port)) if vacuum else drive_rg(onrobot.RG, what, host, int(port))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
