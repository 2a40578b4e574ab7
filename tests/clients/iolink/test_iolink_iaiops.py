"""iaiops reads virtual IO-Link masters over the IoT Core, unmodified and in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients


def test_iaiops_reads_identity_process_data_and_parameters(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("ogd592", "127.0.0.60", {"http": 0}, "--protocol", "iotcore") as master:
        url = f"http://{master.host}:{master.ports['http']}"

        def read() -> dict[str, Any]:
            return client("iolink", "drive_iaiops.py", url, 6)

        master.switch("distance 0.18")
        said = read()
        assert said["master"] == {
            "productcode": "AL1350", "serialnumber": "000000000001", "hwrevision": "AA", "swrevision": "cellkit",
        }  # fmt: skip
        assert [said["pdin"], said["distance"], said["serial"]] == ["00B4" + 12 * "0", 180, "000000000001"]
        assert said["device"]["device"] == {
            "vendorid": 310, "deviceid": 1012, "productname": "OGD592", "serial": "000000000001", "status": 2,
        }  # fmt: skip
        assert said["ports"]["ports_present"] == 4, "ports 5 and 6 are not there"
        assert [one.get("mode") for one in said["ports"]["ports"]] == [3, 1, 2, 0, None, None]
        assert "404" in said["ports"]["ports"][4]["error"]
        assert "531" in said["unknown_index"]
        assert "531" in said["unknown_subindex"]

        master.switch("distance none")
        said = read()
        assert said["pdin"] == "7FF8" + 12 * "0"
        assert said["distance"].startswith("InvalidReadingError")
        assert "beyond the range" in said["distance"]

        master.switch("glare")
        assert "no data" in read()["distance"]
        master.switch("invalid")
        said = read()
        assert said["pdin"].startswith("InvalidReadingError")
        assert "530" in said["pdin"]
        master.switch("invalid off")

        master.switch("unplug")
        said = read()
        assert set(said["device"]["unavailable"]) == {"vendorid", "deviceid", "productname", "serial"}
        assert "503" in said["pdin"]
        assert "no device answered" in said["distance"]

        master.switch("wrong")
        said = read()
        assert said["distance"].startswith("DescriptionMismatchError")
        assert "65535" in said["distance"]

        master.switch("plug")
        master.switch("http500 1000")
        said = read()
        assert "OTConnectionError" in said["pdin"]
        assert "500" in said["pdin"]


def test_iaiops_reads_ports_that_are_digital_signals(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("iolink:io", "127.0.0.61", {"http": 0}, "--protocol", "iotcore") as master:
        url = f"http://{master.host}:{master.ports['http']}"
        said = client("iolink", "drive_iaiops.py", url, 8)
        assert said["master"]["productcode"] == "AL1352"
        assert [one["mode"] for one in said["ports"]["ports"]] == [1, 1, 3, 3, 2, 2, 3, 3]
        assert said["pdin"] == "00"
        master.switch("set part_ready 1")
        assert client("iolink", "drive_iaiops.py", url, 8)["pdin"] == "01"
