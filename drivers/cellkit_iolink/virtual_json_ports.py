"""Resources of a JSON master that concern the gateway, the master and its ports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cellkit.timing import now
from cellkit_iolink.protocol import isdu, jsoniol
from cellkit_iolink.protocol.iotcore import DeviceStatus, PortMode
from cellkit_iolink.virtual_json_bodies import Body, Call, Failed, PortSettings, check_configuration
from cellkit_iolink.virtual_master import CYCLE, SERIAL, Master, Port

MASTER_NUMBER = 1
NO_DEVICE, NEW_DEVICE = 0x1800, 0xFF21
"""Event codes of a port whose device is gone, and of one with a new device (IO-Link specification, from memory)."""
EVENTS = 100  # that are stored
_MODES = {
    PortMode.DEACTIVATED: "DEACTIVATED",
    PortMode.DIGITAL_INPUT: "DIGITAL_INPUT",
    PortMode.DIGITAL_OUTPUT: "DIGITAL_OUTPUT",
    PortMode.IO_LINK: "IOLINK_AUTOSTART",
}
_STATUS = {
    PortMode.DEACTIVATED: jsoniol.DEACTIVATED,
    PortMode.DIGITAL_INPUT: jsoniol.DIGITAL_INPUT_CQ,
    PortMode.DIGITAL_OUTPUT: jsoniol.DIGITAL_OUTPUT_CQ,
}


class PortResources:
    """All methods raise ``Failed``. ``spelling``: ``ioLink`` or ``iolink``."""

    def __init__(self, master: Master, spelling: Callable[[], str]) -> None:
        self._master, self._spelling = master, spelling
        self._tags = {"applicationSpecificTag": "", "locationTag": "", "functionTag": ""}
        self._network: dict[str, Any] = {"ethIpv4": [{"ipConfiguration": "DHCP"}]}
        self._settings = {number: PortSettings() for number in master.ports}
        self._events: list[dict[str, Any]] = []
        master.on_event(self._noticed)

    # --- gateway and master ---

    def gateway(self, _call: Call) -> dict[str, Any]:
        """Identification of the gateway."""
        return {
            "macAddress": "00:00:00:00:00:01",
            "serialNumber": SERIAL,
            "vendorName": "cellkit",
            "productName": "pretended IO-Link master",
            "hardwareRevision": "AA",
            "firmwareRevision": "1.0.0",
        }

    def network(self, _call: Call) -> dict[str, Any]:
        """Addresses of the gateway."""
        return self._network

    def set_network(self, call: Call) -> None:
        """Set the addresses."""
        body = call.body()
        interfaces = body.take("ethIpv4", list, needed=True)
        body.done()
        for one in interfaces:
            entry = Body.of(one)
            entry.take("ipConfiguration", str, needed=True, choices=("MANUAL", "DHCP", "AUTO_IP", "DCP"))
            for name in ("ipAddress", "subnetMask", "standardGateway"):
                entry.take(name, str, pattern=r"\d{1,3}(\.\d{1,3}){3}")
            entry.done()
        self._network = {"ethIpv4": interfaces}

    def masters(self, _call: Call) -> list[dict[str, Any]]:
        """There is one."""
        return [{"masterNumber": MASTER_NUMBER, "serialNumber": SERIAL}]

    def _number(self, call: Call) -> int:
        if call.path["master"] != str(MASTER_NUMBER):
            raise Failed(302)
        return MASTER_NUMBER

    def capabilities(self, call: Call) -> dict[str, Any]:
        """Return the capabilities of the master."""
        self._number(call)
        return {"numberOfPorts": len(self._master.ports), "maxPowerSupply": {"value": 3.6, "unit": "A"}}

    def identification(self, call: Call) -> dict[str, Any]:
        """Return the identification of the master."""
        self._number(call)
        known = {
            "vendorName": "cellkit",
            "vendorId": 0xFFFF,  # not assigned
            "masterId": 1,
            "masterType": "Master acc. V1.1",
            "serialNumber": SERIAL,
            "productName": "pretended IO-Link master",
            "hardwareRevision": "AA",
            "firmwareRevision": "1.0.0",
        }
        return known | self._tags

    def set_tags(self, call: Call) -> None:
        """Set its tags."""
        self._number(call)
        self._tags |= call.body().texts(self._tags, isdu.LONGEST_TAG)

    # --- ports ---

    def ports(self, call: Call) -> list[dict[str, Any]]:
        """All ports in short."""
        self._number(call)
        return [
            {"portNumber": port.number, "statusInfo": self._info(port), "deviceAlias": port.alias}
            for port in self._master.ports.values()
        ]

    def _port(self, call: Call) -> Port:
        self._number(call)
        number = call.path["port"]
        port = self._master.ports.get(int(number)) if re.fullmatch(r"[1-9]\d{0,3}", number) else None
        if port is None:
            raise Failed(303)
        return port

    def port_capabilities(self, call: Call) -> dict[str, Any]:
        """Return the capabilities of a port."""
        self._port(call)
        return {"maxPowerSupply": {"value": 0.3, "unit": "A"}, "portType": "CLASS_A"}

    def _info(self, port: Port) -> str:
        if port.mode is not PortMode.IO_LINK:
            return _STATUS[port.mode]
        if port.status is DeviceStatus.NOT_CONNECTED:
            return jsoniol.COMMUNICATION_LOST
        if port.status is DeviceStatus.PREOPERATE:
            return jsoniol.DEVICE_STARTING
        wanted = self._settings[port.number].wanted
        matches = wanted in (None, (port.unit.vendor_id, port.unit.device_id))
        return jsoniol.DEVICE_ONLINE if matches else jsoniol.INCORRECT_DEVICE

    def status(self, call: Call) -> dict[str, Any]:
        """State of a port."""
        port = self._port(call)
        info = self._info(port)
        found: dict[str, Any] = {"statusInfo": info}
        if info in (jsoniol.DEVICE_ONLINE, jsoniol.INCORRECT_DEVICE):
            found |= {
                f"{self._spelling()}Revision": "1.1",
                "transmissionRate": "COM2",
                "masterCycleTime": {"value": CYCLE, "unit": "ms"},
            }
        return found

    def configuration(self, call: Call) -> dict[str, Any]:
        """How a port is set up."""
        port = self._port(call)
        settings = self._settings[port.number]
        found = {"mode": _MODES[port.mode], "iqConfiguration": "DIGITAL_INPUT", "deviceAlias": port.alias}
        return found | (settings.shown() if port.mode is PortMode.IO_LINK else {})

    def configure(self, call: Call) -> None:
        """Set a port up."""
        port = self._port(call)
        aliases = [one.alias for one in self._master.ports.values() if one is not port]
        asked = check_configuration(call.body(), aliases)
        if self._master.locked:
            raise Failed(jsoniol.LOCKED)
        if asked.alias is not None:
            port.alias = asked.alias
        if asked.mode is not None:
            self._settings[port.number] = asked.settings
            modes = {name: mode for mode, name in _MODES.items()} | {"IOLINK_MANUAL": PortMode.IO_LINK}
            self._master.set_mode(port, modes[asked.mode])

    def storage(self, call: Call) -> dict[str, Any]:
        """Return the data storage of a port; it is always empty."""
        self._port(call)
        return {"header": {}, "content": ""}

    def store(self, call: Call) -> None:
        """Accept data for the storage and discard it."""
        port = self._port(call)
        body = call.body()
        header, content = body.take("header", dict, needed=True), body.take("content", str, needed=True)
        body.done()
        if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", content):  # the YAML's own example has an odd length
            raise Failed(202)
        ids = (header.get("vendorId"), header.get("deviceId"))
        if header and (port.mode is not PortMode.IO_LINK or ids != (port.unit.vendor_id, port.unit.device_id)):
            raise Failed(401)

    # --- events ---

    def _noticed(self, port: Port, what: str) -> None:
        if what != "port":
            return
        gone = port.status is DeviceStatus.NOT_CONNECTED
        self._events.append(
            {
                "time": f"PT{now():.3f}S",
                "severity": "ERROR" if gone else "NOTICE",
                "origin": {"masterNumber": MASTER_NUMBER, "portNumber": port.number, "deviceAlias": port.alias},
                "message": {"code": NO_DEVICE if gone else NEW_DEVICE, "mode": "APPEARS" if gone else "SINGLESHOT"},
            }
        )
        del self._events[:-EVENTS]

    def events(self, call: Call) -> list[dict[str, Any]]:
        """Return the events, the oldest first."""
        query = call.query
        of_port = query.get("origin") == "PORTS"
        if ("portNumber" in query and not of_port) or ("deviceAlias" in query and query.get("origin") != "DEVICES"):
            raise Failed(306)
        if "masterNumber" in query and query.get("origin") not in ("MASTERS", "PORTS"):
            raise Failed(306)
        found = [] if query.get("origin", "ALL") not in ("ALL", "PORTS") else list(self._events)
        if "portNumber" in query:
            found = [one for one in found if one["origin"]["portNumber"] == int(query["portNumber"])]
        return cut(found, query)


def cut(events: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the oldest (``top``) or youngest (``bottom``) events."""
    if "top" in query:
        return events[: int(query["top"])]
    return events[-int(query["bottom"]) :] if int(query.get("bottom", "0")) else events if "bottom" not in query else []
