"""JSON for IO-Link: the resources' bodies, and the error numbers.

From iolinkcommunity/JSON_for_IO-Link (commit 16ce9cd, Apache-2.0). That YAML spells ``ioLink`` and ``ioLinkRevision``,
the printed specification and some vendors' manuals ``iolink`` and ``iolinkRevision``: both are read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cellkit.errors import ProtocolError
from cellkit_iolink.protocol.text import SHOWN, is_whole, read_text

BASE = "/iolink/v1"

ERRORS: Mapping[int, tuple[int, str]] = {
    101: (500, "Internal server error"),
    102: (500, "Internal communication error"),
    103: (404, "Operation not supported"),
    104: (400, "Action locked by another client"),
    105: (501, "IODD feature not supported"),
    106: (501, "MQTT feature not supported"),
    150: (403, "Permission denied"),
    201: (400, "JSON parsing failed"),
    202: (400, "JSON data value invalid"),
    203: (400, "JSON data type invalid"),
    204: (400, "Enumeration value unknown"),
    205: (400, "JSON data value out of range"),
    206: (400, "JSON data value out of bounds"),
    207: (400, "deviceAlias is not unique"),
    208: (400, "POST request without content"),
    301: (404, "Resource not found"),
    302: (404, "masterNumber not found"),
    303: (404, "portNumber not found"),
    304: (404, "deviceAlias not found"),
    305: (400, "Query parameter name invalid"),
    306: (400, "Query parameter value invalid"),
    307: (400, "Port is not configured to IO-Link"),
    308: (404, "IO-Link Device is not accessible"),
    309: (404, "IO-Link parameter not found"),
    310: (404, "IO-Link parameter access not supported by the Device"),
    311: (400, "IO-Link parameter access error"),
    312: (404, "IO-Link parameter name is not unique"),
    401: (400, "Data storage mismatch"),
    501: (400, "I/Q is not configured as DIGITAL_OUTPUT"),
    502: (400, "C/Q is not configured as DIGITAL_OUTPUT"),
    503: (400, "IO-Link device has no output process data"),
    601: (400, "IODD (representation) is not available"),
    701: (400, "Data set incomplete"),
    702: (400, "Data set not applicable"),
    703: (400, "Data set combination incompatible"),
}
"""HTTP status and text of each error number that a master without IODDs and MQTT can give."""
LOCKED, UNKNOWN_ALIAS, NOT_IO_LINK, NOT_ACCESSIBLE = 104, 304, 307, 308

DEACTIVATED, INCORRECT_DEVICE, DEVICE_STARTING = "DEACTIVATED", "INCORRECT_DEVICE", "DEVICE_STARTING"
DEVICE_ONLINE, COMMUNICATION_LOST, NOT_AVAILABLE = "DEVICE_ONLINE", "COMMUNICATION_LOST", "NOT_AVAILABLE"
DIGITAL_INPUT_CQ, DIGITAL_OUTPUT_CQ = "DIGITAL_INPUT_C/Q", "DIGITAL_OUTPUT_C/Q"


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the lists of devices and ports: where a deviceAlias is."""

    alias: str
    port: int
    master: int | None = None


@dataclass(frozen=True, slots=True)
class Identification:
    """The identification of a device; a text that the device does not give is empty."""

    vendor_id: int
    device_id: int
    product_name: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class ProcessValue:
    """Process data in one direction; ``data`` is None unless the port is in IO-Link mode."""

    valid: bool = False
    data: bytes | None = None
    cq: bool | None = None
    iq: bool | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The body of an answer that is no success."""

    code: int
    message: str
    io_link_code: int | None = None

    def __str__(self) -> str:
        detail = "" if self.io_link_code is None else f", IO-Link error 0x{self.io_link_code:04X}"
        return f"{self.message} ({self.code}{detail})"


def device_path(alias: str, resource: str) -> str:
    """Path of a device's resource."""
    return f"{BASE}/devices/{quote(alias, safe='')}/{resource}"


def port_path(master: int, port: int, resource: str) -> str:
    """Path of a port's resource."""
    return f"{BASE}/masters/{master}/ports/{port}/{resource}"


def decode_places(data: bytes) -> list[Place]:
    """Decode the list of ``/devices`` or of ``/masters/{n}/ports``. Raises ``ProtocolError``."""
    value = read_text(data)
    if not isinstance(value, list):
        raise ProtocolError("iolink", "no list of devices", data=data[:SHOWN])
    found = []
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("deviceAlias"), str):
            raise ProtocolError("iolink", "a device without its alias", data=data[:SHOWN])
        found.append(Place(one["deviceAlias"], _whole(one, "portNumber", data), one.get("masterNumber")))
    return found


def decode_status(data: bytes) -> str:
    """``statusInfo`` of a port. Raises ``ProtocolError``."""
    status = _object(data).get("statusInfo")
    if not isinstance(status, str):
        raise ProtocolError("iolink", "a port without statusInfo", data=data[:SHOWN])
    return status


def decode_identification(data: bytes) -> Identification:
    """Decode the identification of a device. Raises ``ProtocolError``."""
    value = _object(data)
    texts = (value.get(name, "") for name in ("productName", "serialNumber"))
    return Identification(
        _whole(value, "vendorId", data),
        _whole(value, "deviceId", data),
        *(text.strip("\0 ") if isinstance(text, str) else "" for text in texts),
    )


def decode_process_data(data: bytes) -> ProcessValue:
    """Process data, format ``byteArray``. Raises ``ProtocolError``."""
    value = _object(data)
    pins = [pin if isinstance(pin, bool) else None for pin in (value.get("cqValue"), value.get("iqValue"))]
    content = value.get("ioLink", value.get("iolink"))
    if content is None:
        return ProcessValue(False, None, *pins)
    if not isinstance(content, dict) or not isinstance(content.get("valid"), bool):
        raise ProtocolError("iolink", "process data without validity", data=data[:SHOWN])
    if not content["valid"] and "value" not in content:
        return ProcessValue(False, b"", *pins)
    return ProcessValue(content["valid"], decode_octets(content.get("value")), *pins)


def decode_octets(value: Any) -> bytes:
    """Bytes of a list of numbers. Raises ``ProtocolError``."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ProtocolError("iolink", "no byteArray", data=_shown(value))
    if not all(is_whole(one) and 0 <= one <= 255 for one in value):
        raise ProtocolError("iolink", "a byteArray of no bytes", data=_shown(value))
    return bytes(value)


def encode_octets(data: bytes) -> list[int]:
    """Format ``byteArray``."""
    return list(data)


def decode_failure(data: bytes) -> Failure | None:
    """Decode the body of a refusal; None where the body is not a refusal."""
    try:
        value = _object(data)
    except ProtocolError:
        return None
    code, message, inner = value.get("code"), value.get("message"), value.get("iolinkError", value)
    if not isinstance(code, int) or not is_whole(code) or not isinstance(message, str):
        return None
    detail = None
    if isinstance(inner, dict):  # the printed specification has it as iolinkErrorCode beside code
        detail = inner.get("code") if inner is not value else inner.get("iolinkErrorCode")
    return Failure(code, message, detail if is_whole(detail) else None)


def encode_failure(code: int, detail: int | None = None, text: str = "") -> dict[str, Any]:
    """Encode the body of a refusal."""
    body: dict[str, Any] = {"code": code, "message": ERRORS[code][1]}
    if detail is not None:
        body["iolinkError"] = {"code": detail, "message": text}
    return body


def _object(data: bytes) -> dict[str, Any]:
    value = read_text(data)
    if not isinstance(value, dict):
        raise ProtocolError("iolink", "no JSON object", data=data[:SHOWN])
    return value


def _whole(value: Mapping[str, Any], name: str, data: bytes) -> int:
    found = value.get(name)
    if not isinstance(found, int) or not is_whole(found):
        raise ProtocolError("iolink", f"no {name}", data=data[:SHOWN])
    return found


def _shown(value: Any) -> bytes:
    return repr(value)[:SHOWN].encode("utf-8", "replace")[:SHOWN]
