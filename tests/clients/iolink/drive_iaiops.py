"""Runs in an environment of its own, with iaiops: reads a master and a sensor over its IoT Core, prints what it saw."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HOME"] = home = tempfile.mkdtemp()  # it may keep settings there

from iaiops.connectors.iolink import ops
from iaiops.connectors.iolink.points import read_value
from iaiops.core.runtime.config import TargetConfig

url, ports = sys.argv[1], int(sys.argv[2])

# Its own description of an OGD592, decoded by its own code.
PROFILE = """
id: ogd592
protocol: iolink
source: datasheet
verified: 待核实
match: {vendor_id: 310, device_id: 1012}
pd_bits: 64
channels:
  - name: distance
    layout: {bit_offset: 48, bit_length: 16, type: int}
    unit: mm
    signal: level
    range: [25, 330]
    invalid:
      - {raw: 0x7FF8, meaning: beyond the range}
      - {raw: 0x8008, meaning: nearer than the range}
      - {raw: 0x7FFC, meaning: no data}
"""
profile = Path(home, "ogd592.yaml")
profile.write_text(PROFILE, "utf-8")
target = TargetConfig("master", "iolink", agent_url=url, timeout_s=5.0, port_profiles=((1, str(profile)),))


def tried(work):
    try:
        return work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(
    json.dumps(
        {
            "master": tried(lambda: ops.master_info(target)["master"]),
            "ports": tried(lambda: ops.ports(target, ports)),
            "device": tried(lambda: ops.device_info(target, 1)),
            "pdin": tried(lambda: ops.read_pdin(target, 1)["pdin_hex"]),
            "distance": tried(lambda: read_value(target, "port1/distance")),
            "serial": tried(lambda: bytes.fromhex(ops.read_isdu(target, 1, 21)["value"]).decode()),
            "unknown_index": tried(lambda: ops.read_isdu(target, 1, 999)["value"]),
            "unknown_subindex": tried(lambda: ops.read_isdu(target, 1, 21, 3)["value"]),
            "scan": tried(lambda: ops.scan(target, ports)["devices_connected"]),
        }
    )
)
