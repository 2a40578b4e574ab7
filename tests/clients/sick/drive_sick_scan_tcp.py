"""Drives a virtual LMS111 with sick-scan-tcp; prints one JSON object.

Arguments: host and port. The client sends every request twice, the second time as the text of a Python bytes object,
and reads whatever has come; what is left is read away here before its next request.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

from sick_scan_tcp import SickScan

SETTLE = 0.2  # s in which the answer to the second sending has come


def rest(sick: SickScan) -> str:
    """What the client has not read."""
    time.sleep(SETTLE)
    sick.socket_sick.settimeout(SETTLE)
    with contextlib.suppress(TimeoutError):
        data: bytes = sick.socket_sick.recv(65536)
        sick.socket_sick.settimeout(None)
        return data.decode()
    sick.socket_sick.settimeout(None)
    return ""


def scan(sick: SickScan) -> dict[str, Any]:
    telegram = sick.scan()
    left = rest(sick)
    angles, values = sick.extract_telegram(telegram)
    x, y = sick.to_cartesian(values, angles)
    ahead = min(range(len(angles)), key=lambda k: abs(angles[k] - 90.0))
    return {
        "words": telegram.split()[:2],
        "count": len(values),
        "angles": [angles[0], angles[-1]],
        "ahead": [values[ahead], x[ahead], y[ahead]],
        "elsewhere": sorted({value for k, value in enumerate(values) if abs(k - ahead) > 20}),
        "refused": "sFA C" in telegram + left,
    }


def main() -> dict[str, Any]:
    sick = SickScan(sys.argv[1], int(sys.argv[2]))
    found: dict[str, Any] = {"first": scan(sick)}
    found["login"] = sick.send_socket("sMN SetAccessMode 03 F4724744", 128)[:20]
    rest(sick)
    found["wrong_password"] = sick.send_socket("sMN SetAccessMode 03 00000000", 128)[:20]
    rest(sick)
    sick.set_start_stop_angle(20, 135)
    rest(sick)
    found["narrow"] = scan(sick)
    sick.release()
    sick.connect()
    try:
        sick.set_ip_addres("192.168.1.110")
    except SystemExit as end:
        found["end"] = str(end)
    try:
        sick.socket_sick.settimeout(2.0)
        while sick.socket_sick.recv(1000):
            pass
        found["closed"] = True
    except (TimeoutError, OSError) as error:
        found["closed"] = repr(error)
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
