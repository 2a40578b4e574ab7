"""Drives a virtual Net Box with pynetft, unmodified; prints what it found as one JSON object.

Arguments: host, RDT port, HTTP port, and what to do.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pynetft import Client, Config, RecoveryPolicy, SensorFaultError

HOST, RDT, HTTP = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def client(**options: Any) -> Client:
    return Client(Config(sensor_host=HOST, rdt_port=RDT, http_port=HTTP, receive_timeout=1.0, **options))


def reads() -> dict[str, Any]:
    one = client()
    one.start()
    samples = []
    for sample in one.samples():
        samples.append(sample)
        if len(samples) == 300:
            break
    health = one.health()
    calibration = health.sensor_configuration.calibration
    found = {
        "product": health.sensor_configuration.product_name,
        "counts": [calibration.counts_per_force_unit, calibration.counts_per_torque_unit],
        "units": [calibration.force_unit.value, calibration.torque_unit.value],
        "force": list(samples[-1].force), "torque": list(samples[-1].torque), "status": samples[-1].status,
        "first": samples[0].rdt_sequence,
        "samples_and_records": [samples[-1].ft_sequence - samples[0].ft_sequence,
                               samples[-1].rdt_sequence - samples[0].rdt_sequence],
        "lost": health.lost_count, "malformed": health.malformed_count, "state": health.state.value,
    }  # fmt: skip
    one.bias()
    time.sleep(0.3)
    end = time.monotonic() + 0.3
    for sample in one.samples():
        found["biased"] = list(sample.force)
        if time.monotonic() > end:
            break
    one.stop()
    return found


def losses() -> dict[str, Any]:
    """Count the losses while the test drops 25 records."""
    one = client()
    one.start()
    end = time.monotonic() + 4.0
    for _ in one.samples():
        health = one.health()
        if health.lost_count >= 25 or time.monotonic() > end:
            break
    one.stop()
    return {"lost": health.lost_count, "reconnects": health.reconnect_count}


def fault() -> dict[str, Any]:
    """The box tells of saturation from the start."""
    one = client(recovery_policy=RecoveryPolicy.FAIL_STOP)
    one.start()
    try:
        for _ in one.samples():
            pass
    except SensorFaultError as error:
        return {"fault": error.fault_code.value, "status": error.health.last_status}
    return {"fault": "none"}


def warning() -> dict[str, Any]:
    """A threshold is latched from the start."""
    one = client()
    one.start()
    sample = next(one.samples())
    time.sleep(0.2)
    found = {
        "status": sample.status,
        "warnings": one.health().warning_count > 0,
        "errors": one.health().device_error_count,
    }
    one.stop()
    return found


if __name__ == "__main__":
    print(json.dumps({"reads": reads, "losses": losses, "fault": fault, "warning": warning}[sys.argv[4]]()))
