"""Drives a virtual gripper with the gripper class of ur-rtde; prints one JSON object. Arguments: host, port.

The class is C++ and has no Python binding; it is in the wheel's shared library and called there as a C++ program
would. Its strings are those of libstdc++ before C++11: a pointer to characters behind length, capacity and a count.
"""

from __future__ import annotations

import ctypes
import json
import sys
import sysconfig
from pathlib import Path
from typing import Any

PREFIX = "_ZN7ur_rtde14RobotiqGripper"
PREFIX_CONST = "_ZNK7ur_rtde14RobotiqGripper"
START, WAIT = 0, 1
DEVICE, NORMALISED, PERCENT, MM = 0, 1, 2, 3
POSITION = 0
OBJECT = 16384  # bytes, more than the class needs


class Gripper:
    """The C++ object."""

    def __init__(self, host: str, port: int) -> None:
        folder = Path(sysconfig.get_paths()["purelib"])
        self._library = ctypes.CDLL(str(next(folder.glob("librtde.so.*.*.*"))))
        self._memory = ctypes.create_string_buffer(OBJECT)
        text = host.encode()
        size = len(text).to_bytes(8, sys.byteorder)
        head = size + size + (2).to_bytes(8, sys.byteorder)
        self._host = ctypes.create_string_buffer(head + text + b"\0")
        self._string = ctypes.c_void_p(ctypes.addressof(self._host) + len(head))
        self.call("C1ERKSsib", None, ctypes.byref(self._string), ctypes.c_int(port), ctypes.c_bool(False))

    def call(self, name: str, result: Any, *arguments: Any, prefix: str = PREFIX) -> Any:
        function = self._library[prefix + name]
        function.restype = result
        return function(ctypes.byref(self._memory), *arguments)


def main() -> None:
    host, port = sys.argv[1:]
    gripper = Gripper(host, int(port))
    real = ctypes.c_float
    gripper.call("7connectEj", None, ctypes.c_uint(2000))
    found: dict[str, object] = {
        "connected": gripper.call("11isConnectedEv", ctypes.c_bool, prefix=PREFIX_CONST),
        "active before": gripper.call("8isActiveEv", ctypes.c_bool),
    }
    gripper.call("8activateEb", None, ctypes.c_bool(True))
    found["active"] = gripper.call("8isActiveEv", ctypes.c_bool)
    low, high = ctypes.c_int(), ctypes.c_int()
    gripper.call("22getNativePositionRangeERiS1_", None, ctypes.byref(low), ctypes.byref(high))
    found["calibrated"] = [low.value, high.value]

    def state() -> list[object]:
        return [
            gripper.call("24getCurrentDevicePositionEv", ctypes.c_int),
            gripper.call("21objectDetectionStatusEv", ctypes.c_int),
            gripper.call("11faultStatusEv", ctypes.c_int),
        ]

    gripper.call("7setUnitENS0_14eMoveParameterENS0_5eUnitE", None, ctypes.c_int(POSITION), ctypes.c_int(DEVICE))
    gripper.call("4moveEfffNS0_9eMoveModeE", ctypes.c_int, real(100.0), real(1.0), real(0.5), ctypes.c_int(WAIT))
    found["moved"] = state()
    gripper.call("5closeEffNS0_9eMoveModeE", ctypes.c_int, real(1.0), real(0.5), ctypes.c_int(WAIT))
    found["closed"] = [*state(), gripper.call("8isClosedEv", ctypes.c_bool)]
    gripper.call("4openEffNS0_9eMoveModeE", ctypes.c_int, real(1.0), real(0.5), ctypes.c_int(WAIT))
    found["opened"] = [*state(), gripper.call("6isOpenEv", ctypes.c_bool)]
    gripper.call("4moveEfffNS0_9eMoveModeE", ctypes.c_int, real(200.0), real(1.0), real(0.5), ctypes.c_int(START))
    found["waited"] = [gripper.call("21waitForMotionCompleteEv", ctypes.c_int), *state()]
    gripper.call("16emergencyReleaseENS0_10ePostionIdENS0_9eMoveModeE", None, ctypes.c_int(1), ctypes.c_int(WAIT))
    found["released"] = state()
    gripper.call("10disconnectEv", None)
    found["disconnected"] = not gripper.call("11isConnectedEv", ctypes.c_bool, prefix=PREFIX_CONST)
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
