"""Resources of a JSON master that concern the devices on its ports, found by their aliases."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cellkit.errors import ProtocolError
from cellkit_iolink.protocol import isdu, jsoniol
from cellkit_iolink.protocol.iotcore import DeviceStatus, PortMode
from cellkit_iolink.protocol.text import is_number, is_whole
from cellkit_iolink.virtual_json_bodies import Body, Call, Failed
from cellkit_iolink.virtual_json_ports import MASTER_NUMBER, cut
from cellkit_iolink.virtual_master import CYCLE, InvalidData, IsduError, Master, Port, SensorUnit, Unreachable


class DeviceResources:
    """All methods raise ``Failed``, ``Unreachable`` and ``IsduError``. ``spelling``: ``ioLink`` or ``iolink``."""

    def __init__(self, master: Master, spelling: Callable[[], str]) -> None:
        self._master, self._spelling = master, spelling

    # --- devices ---

    def devices(self, _call: Call) -> list[dict[str, Any]]:
        """All ports with their aliases, as the YAML lists them: empty ones too."""
        return [
            {"deviceAlias": port.alias, "masterNumber": MASTER_NUMBER, "portNumber": port.number}
            for port in self._master.ports.values()
        ]

    def _place(self, call: Call) -> Port:
        for port in self._master.ports.values():
            if port.alias == call.path["alias"]:
                return port
        raise Failed(304)

    def _unit(self, call: Call) -> SensorUnit:
        port = self._place(call)
        if port.mode is not PortMode.IO_LINK:
            raise Failed(jsoniol.NOT_IO_LINK)
        if port.status is not DeviceStatus.OPERATE:
            raise Unreachable
        return port.unit

    def capabilities(self, call: Call) -> dict[str, Any]:
        """Return the capabilities of the device."""
        self._unit(call)
        return {"minimumCycleTime": {"value": CYCLE, "unit": "ms"}, "supportedProfiles": []}

    def identification(self, call: Call) -> dict[str, Any]:
        """Return the identification of the device."""
        unit = self._unit(call)
        names = {
            "vendorName": isdu.VENDOR_NAME,
            "vendorText": isdu.VENDOR_TEXT,
            "productName": isdu.PRODUCT_NAME,
            "productId": isdu.PRODUCT_ID,
            "productText": isdu.PRODUCT_TEXT,
            "serialNumber": isdu.SERIAL_NUMBER,
            "hardwareRevision": isdu.HARDWARE_REVISION,
            "firmwareRevision": isdu.FIRMWARE_REVISION,
            "applicationSpecificTag": isdu.APPLICATION_TAG,
        }
        texts = {name: unit.read_parameter(index, 0).decode("utf-8", "replace") for name, index in names.items()}
        ids = {"vendorId": unit.vendor_id, "deviceId": unit.device_id, f"{self._spelling()}Revision": "1.1"}
        return ids | texts

    def set_tags(self, call: Call) -> None:
        """Set its tag."""
        unit = self._unit(call)
        known = dict.fromkeys(("applicationSpecificTag", "locationTag", "functionTag"), "")
        texts = call.body().texts(known, isdu.LONGEST_TAG)
        if set(texts) - {"applicationSpecificTag"}:
            raise Failed(309)  # the device has no location and function tags
        unit.tag = texts["applicationSpecificTag"]

    def process_data(self, call: Call) -> dict[str, dict[str, Any]]:
        """Return the process data in both directions."""
        port = self._place(call)
        if call.query.get("format") == "iodd":
            raise Failed(105)
        incoming: dict[str, Any] = {"iqValue": False}
        outgoing: dict[str, Any] = {}
        if port.mode is PortMode.DIGITAL_INPUT:
            incoming["cqValue"] = port.input
        elif port.mode is PortMode.DIGITAL_OUTPUT:
            outgoing["cqValue"] = port.output
        elif port.mode is PortMode.IO_LINK:
            incoming[self._spelling()] = self._incoming(self._unit(call))
        return {"getData": incoming, "setData": outgoing}

    def _incoming(self, unit: SensorUnit) -> dict[str, Any]:
        try:
            return {"valid": True, "value": jsoniol.encode_octets(unit.process_data())}
        except InvalidData:
            return {"valid": False, "value": []}

    def output(self, call: Call) -> None:
        """Set what goes out."""
        port, body = self._place(call), call.body()
        cq, iq = body.take("cqValue", bool), body.take("iqValue", bool)
        value = body.take("ioLink", dict)
        value = body.take("iolink", dict) if value is None else value
        body.done()
        if (cq, iq, value) == (None, None, None):
            raise Failed(701)
        if iq is not None:
            raise Failed(501)
        if value is not None:
            raise Failed(503 if port.mode is PortMode.IO_LINK else jsoniol.NOT_IO_LINK)
        if port.mode is not PortMode.DIGITAL_OUTPUT:
            raise Failed(502)
        if self._master.locked:
            raise Failed(jsoniol.LOCKED)
        port.output = cq

    # --- parameters ---

    def no_iodd(self, call: Call) -> None:
        """Refuse a request that needs an IODD."""
        self._unit(call)
        raise Failed(105)

    def _parameter(self, call: Call) -> tuple[SensorUnit, int, int]:
        unit = self._unit(call)
        names = call.path["index"], call.path.get("subindex", "0")
        if call.query.get("format") == "iodd" or not all(re.fullmatch(r"-?\d{1,9}", name) for name in names):
            raise Failed(105)  # names of parameters are the IODD's
        index, subindex = (int(name) for name in names)
        if not (0 <= index <= isdu.HIGHEST_INDEX and 0 <= subindex <= isdu.HIGHEST_SUBINDEX):
            raise Failed(309)
        return unit, index, subindex

    def read(self, call: Call) -> list[int]:
        """Read a parameter."""
        unit, index, subindex = self._parameter(call)
        return jsoniol.encode_octets(unit.read_parameter(index, subindex))

    def write(self, call: Call) -> None:
        """Set a parameter."""
        unit, index, subindex = self._parameter(call)
        unit.write_parameter(index, subindex, _octets(Body.value(call.content)))

    def block(self, call: Call) -> list[dict[str, Any]]:
        """Several parameters at once."""
        unit, body = self._unit(call), call.body()
        direction = body.take("direction", str, needed=True, choices=("READ", "WRITE"))
        parameters = body.take("parameters", list, needed=True)
        body.done()
        if call.query.get("format") == "iodd":
            raise Failed(105)
        return [self._exchange(unit, direction, Body.of(one)) for one in parameters]

    def _exchange(self, unit: SensorUnit, direction: str, entry: Body) -> dict[str, Any]:
        identifier = entry.take("identifier", dict, needed=True)
        content = entry.take("content", list, needed=direction == "WRITE")
        entry.done()
        octets = _octets(content or [])
        if "parameterName" in identifier:
            raise Failed(105)
        index, subindex = identifier.get("index"), identifier.get("subIndex", 0)
        if not (is_number(index) and is_number(subindex)):
            raise Failed(701 if index is None else 203)
        result: dict[str, Any] = {"parameterExchangeResult": f"{direction}_SUCCESS"}
        try:
            if not (is_whole(index) and is_whole(subindex)):
                raise IsduError(isdu.INDEX_NOT_AVAILABLE)
            if direction == "READ":
                result["content"] = jsoniol.encode_octets(unit.read_parameter(index, subindex))
            else:
                unit.write_parameter(index, subindex, octets)
        except IsduError as error:
            refusal = {"code": error.code, "message": isdu.describe(error.code)}
            result = {"parameterExchangeResult": "ERROR", "iolinkError": refusal}
        return {"identifier": identifier, "result": result}

    def events(self, call: Call) -> list[dict[str, Any]]:
        """Events of the device."""
        # Events of ports are stored; the virtual sensor has no events of its own.
        self._place(call)
        return cut([], call.query)


def _octets(value: Any) -> bytes:
    if not isinstance(value, list):
        raise Failed(105 if isinstance(value, dict) else 203)  # objects are the IODD's form
    if not all(is_number(one) for one in value):
        raise Failed(203)
    try:
        return jsoniol.decode_octets(value)
    except ProtocolError:
        raise Failed(205) from None
