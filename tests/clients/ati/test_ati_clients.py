"""pynetft and NetFT read the virtual box, unmodified."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HOST, NETFT_HOST = "127.0.0.40", "127.0.0.41"
PORTS = {"rdt": 0, "http": 0}
PYNETFT = "drive_pynetft.py"
LOAD = "force 12.5 -3 40 0.5 -0.25 1"


def test_pynetft_discovers_the_calibration_and_streams(
    virtual_robot: Any, client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("gamma", host=HOST, ports=PORTS) as robot:
        robot.switch(LOAD)
        found = client("ati", PYNETFT, robot.host, robot.ports["rdt"], robot.ports["http"], "reads")
    assert (found["product"], found["counts"], found["units"]) == ("Net F/T", [1e6, 1e6], ["N", "N-m"])
    assert found["force"] == pytest.approx([12.5, -3.0, 40.0])
    assert found["torque"] == pytest.approx([0.5, -0.25, 1.0])
    assert (found["status"], found["state"]) == (0, "streaming")
    assert found["first"] >= 1, "on a busy machine the newest record may not be the first"
    assert (found["lost"], found["malformed"]) == (0, 0)
    samples, records = found["samples_and_records"]
    assert records >= 299, "it may skip some for the sake of the newest"
    assert samples == pytest.approx(7 * records, rel=0.5), "7000 Hz inside, 1000 Hz outside"
    assert found["biased"] == pytest.approx([0.0, 0.0, 0.0])


def test_pynetft_counts_what_was_lost(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("gamma", host=HOST, ports=PORTS) as robot:

        def drop() -> None:
            end = time.monotonic() + 60.0
            while time.monotonic() < end and not any("streams" in state for state in robot.states):
                time.sleep(0.05)
            robot.switch("lose 25")

        dropping = threading.Thread(target=drop)
        dropping.start()
        found = client("ati", PYNETFT, robot.host, robot.ports["rdt"], robot.ports["http"], "losses")
        dropping.join()
    assert found == {"lost": 25, "reconnects": 0}


def test_pynetft_takes_saturation_for_a_fault_and_a_latched_threshold_for_a_warning(
    virtual_robot: Any, client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("gamma", host=HOST, ports=PORTS) as robot:
        ports = robot.ports["rdt"], robot.ports["http"]
        robot.switch("force 0 0 450")
        found = client("ati", PYNETFT, robot.host, *ports, "fault")
        assert found == {"fault": "serious_status", "status": 0x80020000}
        robot.switch("force 0 0 10")
        robot.switch("fault 80010000")
        found = client("ati", PYNETFT, robot.host, *ports, "warning")
        assert found == {"status": 0x80010000, "warnings": True, "errors": 0}


def test_pynetft_reads_an_axia(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("axia80-m20", host=HOST, ports=PORTS) as robot:
        robot.switch("force 1 2 3")
        found = client("ati", PYNETFT, robot.host, robot.ports["rdt"], robot.ports["http"], "reads")
    assert found["product"] == "Ethernet Axia"
    assert found["force"] == pytest.approx([1.0, 2.0, 3.0])


def test_netft_measures_tares_streams_and_stops(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    load = [12_500_000, -3_000_000, 40_000_000, 500_000, -250_000, 1_000_000]
    with virtual_robot("gamma", host=NETFT_HOST, ports={"http": 0}) as robot:
        robot.switch(LOAD)
        found = client("ati", "drive_netft.py", robot.host)
    assert (found["once"], found["force"], found["torque"]) == (load, load[:3], load[3:])
    assert found["mean"] == pytest.approx(load)
    assert found["tared"] == pytest.approx([0] * 6, abs=1.0)
    assert found["streamed"] == load
    assert found["biased"] == [0] * 6
    assert found["ends"] is True
