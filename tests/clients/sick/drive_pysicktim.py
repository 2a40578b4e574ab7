"""Drives a virtual TiM571 with pysicktim; prints one JSON object. Arguments: host and port.

pysicktim talks to the scanner's USB port by pyusb. A stand-in for pyusb is put in its place, which carries the same
bytes over TCP; pysicktim itself is as installed.
"""

from __future__ import annotations

import json
import socket
import sys
import types
from typing import Any

ENDPOINT_IN = 0x80


class UsbOverTcp:
    """What ``usb.core.find`` finds: bulk transfers as a stream, one telegram a read."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=5.0)
        self._rest = b""
        self.sent: list[bytes] = []

    def write(self, _endpoint: int, data: str, _timeout: int = 0) -> int:
        self.sent.append(data.encode("latin-1"))
        self._socket.sendall(self.sent[-1])
        return len(data)

    def read(self, _endpoint: int, _size: int, timeout: int = 0) -> bytes:
        while b"\x03" not in self._rest:
            came = self._socket.recv(65536)
            if not came:
                raise OSError("closed")
            self._rest += came
        telegram, _, self._rest = self._rest.partition(b"\x03")
        return telegram + b"\x03"


def main() -> dict[str, Any]:
    scanner = UsbOverTcp(sys.argv[1], int(sys.argv[2]))
    usb = types.ModuleType("usb")
    core, util = types.ModuleType("usb.core"), types.ModuleType("usb.util")
    core.find = lambda **_which: scanner  # type: ignore[attr-defined]
    usb.core, usb.util, usb.ENDPOINT_IN, usb.ENDPOINT_OUT = core, util, ENDPOINT_IN, 0  # type: ignore[attr-defined]
    sys.modules |= {"usb": usb, "usb.core": core, "usb.util": util}
    import pysicktim as lidar

    found: dict[str, Any] = {
        "firmware": lidar.firmwarev(),
        "ident": lidar.deviceident(),
        "state": lidar.devicestate(),
        "type": lidar.devicetype(),
        "order": lidar.ornr(),
        "name": lidar.readLocationName(),
        "hours": lidar.oprh(),
        "power": lidar.pwrc(),
        "range": lidar.outputRange(),
        "config": lidar.scancfg(),
        "check_right": lidar.checkpassword("03", "F4724744"),
        "check_wrong": lidar.checkpassword("03", "1920E4C9"),
        "start_without_login": lidar.startmeas(),
        "wrong_password": lidar.setaccessmode("03", "00000000"),
        "login": lidar.setaccessmode(),
        "state_logged_in": lidar.devicestate(),
        "start": lidar.startmeas(),
        "rename": lidar.setLocationName("Outdoor Device"),
        "data_config": lidar.scandatacfg(rem_ang=1, res=0),
        "particle_without_values": lidar.particle(),
        "write": lidar.writeall(),
        "run": lidar.run(),
        "unknown": lidar.rstoutpcnt(),
    }
    raw = lidar.scan()
    scan = lidar.scan
    found["scan"] = {
        "command": [scan.cmd_type, scan.cmd],
        "uptime": scan.uptime > 0,
        "channels": scan.num_16bit_chan,
        "start": scan.dist_start_ang,
        "resolution": scan.dist_angle_res,
        "count": scan.dist_data_amnt,
        "ahead": scan.distances[405],
        "others": sorted(set(scan.distances[:380] + scan.distances[430:])),
        "remission": [len(scan.rssi), sorted(set(scan.rssi))],
        "tail": raw.split()[-9:],
    }
    found["login_again"] = lidar.setaccessmode()
    found["stop"] = lidar.stopmeas()
    found["defaults"] = lidar.loadfacdef()
    found["reboot"] = lidar.reboot()
    found["ends"] = scanner.sent[0].endswith(b"\x03\0")
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
