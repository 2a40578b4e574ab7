"""Drives a virtual Net Box with NetFT, unmodified; prints one JSON object. It knows one port only.

Argument: host.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from NetFT import Sensor


def main() -> dict[str, Any]:
    sensor = Sensor(sys.argv[1])
    found: dict[str, Any] = {"once": sensor.getMeasurement(), "force": sensor.getForce(), "torque": sensor.getTorque()}
    found["mean"] = sensor.tare(10)
    found["tared"] = sensor.getMeasurement()
    sensor.zero()
    sensor.startStreaming()
    time.sleep(0.5)
    found["streamed"] = sensor.measurement()
    sensor.send(0x42)
    time.sleep(0.3)
    found["biased"] = sensor.measurement()
    sensor.stopStreaming()
    time.sleep(0.2)
    sensor.sock.settimeout(0.5)
    try:
        for _ in range(1000):
            sensor.receive()
        found["ends"] = False
    except TimeoutError:
        found["ends"] = True
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
