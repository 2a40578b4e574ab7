"""Drives a virtual TiM571 with the SICK driver of osgar, over its own TCP module and bus; prints one JSON object.

Arguments: host and port.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from osgar.bus import Bus
from osgar.drivers.logsocket import LogTCPStaticIP
from osgar.drivers.sicklidar import SICKLidar
from osgar.logger import LogWriter

SCANS = 20


def main() -> dict[str, Any]:
    warnings.simplefilter("ignore", DeprecationWarning)  # Thread.setDaemon
    with tempfile.TemporaryDirectory() as folder, LogWriter(filename=str(Path(folder) / "scans.log")) as log:
        bus = Bus(log)
        tcp = LogTCPStaticIP({"host": sys.argv[1], "port": int(sys.argv[2]), "timeout": 1.0}, bus.handle("tcp"))
        lidar = SICKLidar({"mask": [10, -10]}, bus.handle("lidar"))
        program = bus.handle("program")
        for sender, receiver in (("lidar.raw", "tcp.raw"), ("tcp.raw", "lidar.raw"), ("lidar.scan", "program.scan")):
            bus.connect(sender, receiver)
        tcp.start()
        lidar.start()
        scans = [program.listen()[2] for _ in range(SCANS)]
        for module in (lidar, tcp):
            module.request_stop()
        lidar.join(5.0)
        tcp.join(5.0)
    return {
        "scans": len(scans),
        "counts": sorted({len(scan) for scan in scans}),
        "ahead": [scan[405] for scan in scans],
        "masked": sorted({value for scan in scans for value in (*scan[:10], *scan[-10:])}),
        "elsewhere": sorted({value for scan in scans for value in (*scan[:380], *scan[430:])}),
    }


if __name__ == "__main__":
    print(json.dumps(main()))
