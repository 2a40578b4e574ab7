"""ifm's IoT Core: one JSON text a request, one an answer; ``code`` inside gives the error (HTTP answers 200).

From the operating instructions of the AL1350 (80284128), AL1352, AL1900 and AL1940, chapters on the IoT Core.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cellkit.errors import ProtocolError
from cellkit_iolink.protocol.text import SHOWN, is_whole, read_text, write_text

REQUEST, EVENT = "request", "event"
REQUEST_NUMBER = 10
"""``request`` as older examples of the vendor write it."""
NO_CID = -1
MOST_AT_ONCE = 50
"""Data points of one ``getdatamulti``: what an AL1352 stands, as benthos-umh has found out."""

OK, REBOOT, UNFINISHED, MODIFIED, ADDRESS_CHANGED = 200, 230, 231, 232, 233
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
INTERNAL, UNAVAILABLE, INVALID_DATA, IO_LINK_ERROR, PLC_CONNECTED = 500, 503, 530, 531, 532
FINE = frozenset({OK, REBOOT, UNFINISHED, MODIFIED, ADDRESS_CHANGED})

DIAGNOSTICS: Mapping[int, str] = {
    OK: "done",
    REBOOT: "done, but only a restart of the master makes it so",
    UNFINISHED: "done, but the block is not complete",
    MODIFIED: "taken, with a value that the master has adjusted",
    ADDRESS_CHANGED: "the IP settings were changed",
    BAD_REQUEST: "bad request",
    UNAUTHORIZED: "not authorised",
    FORBIDDEN: "forbidden",
    NOT_FOUND: "not found",
    INTERNAL: "internal fault of the master",
    UNAVAILABLE: "not available: the port has no device, or is in another mode",
    INVALID_DATA: "the data is invalid",
    IO_LINK_ERROR: "IO-Link error",
    PLC_CONNECTED: "locked: the master is connected to a fieldbus controller",
}


class PortMode(IntEnum):
    """``port[n]/mode``."""

    DEACTIVATED = 0
    DIGITAL_INPUT = 1
    DIGITAL_OUTPUT = 2
    IO_LINK = 3


class DeviceStatus(IntEnum):
    """``iolinkdevice/status``; 3 is "wrong" in the AL1900's manual and "communication error" in the AL1307's."""

    NOT_CONNECTED = 0
    PREOPERATE = 1
    OPERATE = 2
    WRONG = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``adr`` is the path of an element with the service at its end."""

    cid: int
    adr: str
    data: Mapping[str, Any] | None = None
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a diagnostic ``code``, and ``data`` that depends on the service."""

    cid: int
    code: int
    data: Any = None


@dataclass(frozen=True, slots=True)
class Item:
    """One data point of a ``getdatamulti``, or of an event."""

    code: int
    data: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a master posts to who has subscribed; ``source`` is the element, ``payload`` by path."""

    cid: int
    number: int
    source: str
    payload: Mapping[str, Item]


# --- requests -----------------------------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Encode a request; the login, if any, in Base64 (80284128, 9.2.4)."""
    message: dict[str, Any] = {"code": REQUEST, "cid": request.cid, "adr": request.adr}
    if request.data is not None:
        message["data"] = dict(request.data)
    if request.user is not None:
        message["auth"] = {"user": to_base64(request.user), "passwd": to_base64(request.password or "")}
    return write_text(message)


def decode_request(value: Any) -> Request:
    """Decode a request from a JSON value. Raises ``ProtocolError`` for a request that the IoT Core answers with 400."""
    message = _object(value, "a request")
    if message.get("code") not in (REQUEST, REQUEST_NUMBER) or isinstance(message["code"], float):
        raise _wrong("code is neither 'request' nor 10", value)
    if not is_whole(message.get("cid")):
        raise _wrong("cid is no whole number", value)
    if not isinstance(message.get("adr"), str):
        raise _wrong("adr is no text", value)
    data = message.get("data")
    if data is not None and not isinstance(data, dict):
        raise _wrong("data is no object", value)
    user = password = None
    if "auth" in message:
        login = _object(message["auth"], "auth")
        user, password = from_base64(login.get("user")), from_base64(login.get("passwd"))
    return Request(message["cid"], message["adr"], data, user, password)


def cid_of(value: Any) -> int:
    """Return the ``cid`` of a request, even if the other fields are wrong; -1 for a request without ``cid``."""
    found = value.get("cid") if isinstance(value, dict) else None
    return found if isinstance(found, int) and is_whole(found) else NO_CID


def split_address(adr: str) -> tuple[tuple[str, ...], str]:
    """Path and service of an ``adr``, whose leading and trailing slashes mean nothing."""
    *path, service = adr.strip("/").split("/")
    return tuple(path), service


# --- answers ------------------------------------------------------------------------------------------------------


def encode_answer(answer: Answer) -> bytes:
    """Encode an answer; ``data`` is left out when it is empty."""
    message: dict[str, Any] = {"cid": answer.cid}
    if answer.data is not None:
        message["data"] = answer.data
    return write_text(message | {"code": answer.code})


def decode_answer(data: bytes, cid: int) -> Answer:
    """Decode the answer to the request ``cid``.

    Raises ``ProtocolError`` for the answer to another request or other data.
    """
    message = _object(read_text(data), "an answer")
    if message.get("cid") != cid or not is_whole(message["cid"]):
        raise ProtocolError("iolink", f"an answer to {message.get('cid')!r}, not to {cid}", data=data[:SHOWN])
    code = message.get("code")
    if not isinstance(code, int) or not is_whole(code):
        raise ProtocolError("iolink", "an answer without a code", data=data[:SHOWN])
    return Answer(cid, code, message.get("data"))


def value_in(data: Any) -> Any:
    """Return the value in the data of a ``getdata`` or ``iolreadacyclic``. Raises ``ProtocolError``."""
    if not isinstance(data, dict) or "value" not in data:
        raise _wrong("no value in the answer", data)
    return data["value"]


def items_in(data: Any, paths: Iterable[str]) -> dict[str, Item]:
    """Return data points of a ``getdatamulti`` by the requested path. Raises ``ProtocolError`` when one is missing.

    The manuals' examples give the paths back without their leading slash, masters in use as they were asked for.
    """
    if not isinstance(data, dict):
        raise _wrong("no data points in the answer", data)
    found: dict[str, Item] = {}
    for path in paths:
        item = data.get(path, data.get(path.strip("/"), data.get("/" + path.strip("/"))))
        if not isinstance(item, dict) or not is_whole(item.get("code")):
            raise _wrong(f"no {path} in the answer", data)
        found[path] = Item(item["code"], item.get("data"))
    return found


def text_in(data: Any) -> str:
    """Return the error text in an answer without success, if any; its place in the answer differs."""
    if not isinstance(data, dict):
        return ""
    words = [str(data[key]) for key in ("msg", "error", "hint") if isinstance(data.get(key), str | int)]
    return ", ".join(word for word in words if word)


# --- events -------------------------------------------------------------------------------------------------------


def encode_event(event: Event) -> bytes:
    """Encode an event, as the manuals' examples have it: no ``adr``, and its number as a text."""
    payload = {
        path: {"code": item.code} | ({} if item.data is None else {"data": item.data})
        for path, item in event.payload.items()
    }
    data = {"eventno": str(event.number), "srcurl": event.source, "payload": payload}
    return write_text({"code": EVENT, "cid": event.cid, "adr": "", "data": data})


def decode_event(data: bytes) -> Event:
    """Decode an event. Raises ``ProtocolError`` for other data."""
    message = _object(read_text(data), "an event")
    content = _object(message.get("data"), "data of an event")
    number, payload = content.get("eventno"), content.get("payload", {})
    if message.get("code") not in (EVENT, 80) or not is_whole(message.get("cid")) or not isinstance(payload, dict):
        raise ProtocolError("iolink", "no event", data=data[:SHOWN])
    if not re.fullmatch(r"-?[0-9]{1,18}", str(number)) or not isinstance(content.get("srcurl"), str):
        raise ProtocolError("iolink", "an event without number and source", data=data[:SHOWN])
    items = items_in(payload, payload)
    return Event(message["cid"], int(str(number)), content["srcurl"], items)


# --- texts in texts -----------------------------------------------------------------------------------------------


def to_hex(data: bytes) -> str:
    """Process data and parameters: hexadecimal digits, upper case."""
    return data.hex().upper()


def from_hex(value: Any) -> bytes:
    """Bytes of a hexadecimal text. Raises ``ProtocolError``."""
    if not isinstance(value, str) or not re.fullmatch(r"([0-9A-Fa-f]{2})*", value):
        raise _wrong("no hexadecimal text", value)
    return bytes.fromhex(value)


def to_base64(text: str) -> str:
    """Encode a user or password for ``auth``."""
    return base64.b64encode(text.encode()).decode()


def from_base64(value: Any) -> str:
    """Decode a user or password. Raises ``ProtocolError``."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (TypeError, ValueError, binascii.Error):
        raise _wrong("no Base64", value) from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(f"{what} is no object", value)
    return value


def _wrong(why: str, value: Any) -> ProtocolError:
    return ProtocolError("iolink", why, data=repr(value)[:SHOWN].encode("utf-8", "replace")[:SHOWN])
