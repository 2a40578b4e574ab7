"""Drives a virtual scanner with the vendor's driver, by its API for Python; prints one JSON object.

Arguments: a copy of SICKAG/sick_scan_xd with its library in ``build``, a launch file, host, port, true or false for
the binary protocol.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Any

WAIT = 60.0  # s of wall time, a hang takes longer: its clock needs some turns before the first cloud
CLOUDS = 10


def points(message: Any) -> list[tuple[float, ...]]:
    """x, y, z of a cloud."""
    names = {
        message.fields.buffer[k].name.decode(): message.fields.buffer[k].offset for k in range(message.fields.size)
    }
    raw = ctypes.string_at(message.data.buffer, message.data.size)
    found = []
    for at in range(0, message.row_step * message.height, message.point_step):
        found.append(tuple(struct.unpack_from("<f", raw, at + names[name])[0] for name in ("x", "y", "z")))
    return found


def main() -> dict[str, Any]:
    folder, launch, host, port, binary = sys.argv[1:]
    sys.path.insert(0, str(Path(folder) / "python" / "api"))
    import sick_scan_api as api

    library = api.SickScanApiLoadLibrary([str(Path(folder) / "build") + "/"], "libsick_scan_xd_shared_lib.so")
    handle = api.SickScanApiCreate(library)
    arguments = f"{Path(folder) / 'launch' / launch} hostname:={host} port:={port} use_binary_protocol:={binary}"
    # What it returns is set by a thread that has just begun, and an error now and then though all is well.
    api.SickScanApiInitByLaunchfile(library, handle, arguments)
    clouds: list[list[tuple[float, ...]]] = []
    enough = threading.Event()

    def heard(_handle: Any, message: Any) -> None:
        if len(clouds) < CLOUDS:
            clouds.append(points(message.contents))
        else:
            enough.set()

    # Not by WaitNext…: that keeps its handler on a stack that its other thread may still be writing to.
    listener = api.SickScanPointCloudMsgCallback(heard)
    api.SickScanApiRegisterCartesianPointCloudMsg(library, handle, listener)
    enough.wait(WAIT)
    api.SickScanApiDeregisterCartesianPointCloudMsg(library, handle, listener)
    ahead = [[p for p in cloud if math.hypot(*p[:2]) > 0.01] for cloud in clouds]
    found: dict[str, Any] = {
        "clouds": len(clouds),
        "width": sorted({len(cloud) for cloud in clouds}),
        "seen": [len(cloud) for cloud in ahead],
        "x": [min(p[0] for cloud in ahead for p in cloud), max(p[0] for cloud in ahead for p in cloud)],
        "y": [min(p[1] for cloud in ahead for p in cloud), max(p[1] for cloud in ahead for p in cloud)],
        # Nothing that is refused: while scans come, it seldom comes back from an sFA.
        "answers": [
            api.SickScanApiSendSOPAS(library, handle, request)
            for request in ("sRN SCdevicestate", "sRN FirmwareVersion", "sRN LMPoutputRange")
        ],
    }
    api.SickScanApiClose(library, handle)
    api.SickScanApiRelease(library, handle)
    return found


if __name__ == "__main__":
    result = main()
    print("\n" + json.dumps(result), flush=True)
    os._exit(0)  # its threads would log behind the result
