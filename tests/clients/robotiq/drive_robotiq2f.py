"""Drives a virtual 2F-85 on a serial line with robotiq2f; prints one JSON object. Argument: the line.

The client looks for its serial port by the number of a USB adapter. A pseudo-terminal has no such number: that search
alone is replaced.
"""

from __future__ import annotations

import json
import sys
import time

from robotiq2f import robotiq2f


def main() -> None:
    line = sys.argv[1]
    robotiq2f.LinuxFindTTYWithSerialNumber.find = lambda _, __: line  # type: ignore[method-assign]
    gripper = robotiq2f.Robotiq2F85("any", async_control=False)
    found: dict[str, object] = {"before": gripper.is_reset}
    gripper.reset()
    found["active"] = [gripper.is_activated, gripper.in_fault]

    def go(opening: float) -> list[object]:
        gripper.go_to(opening=opening, speed=150, force=100)
        time.sleep(0.02)  # the client shows a status again that is younger than 5 ms
        while gripper.read_status_sync().moving:
            time.sleep(0.02)
        return [round(gripper.opening, 1), gripper.object_detected]

    found["part"] = go(0.0)
    found["open"] = go(85.0)
    found["60 mm"] = go(60.0)
    gripper.deactivate()
    found["reset"] = gripper.is_reset
    gripper.close()
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
