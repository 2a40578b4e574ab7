"""Decoding of a server's publish answers with little load: a general decoder would take more than the server does."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, variant_from_binary

OVERFLOW = 0x80
"""Bit of a status code: values before this one were lost."""
_SERVICE_FAULT = b"\x01\x00" + struct.pack("<H", ua.ObjectIds.ServiceFault_Encoding_DefaultBinary)
_DATA_CHANGES = ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary
_EVENTS = ua.ObjectIds.EventNotificationList_Encoding_DefaultBinary
_VARIANT, _STATUS, _SOURCE, _SERVER, _SOURCE_PS, _SERVER_PS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_USUAL = struct.Struct("<IBBdIqq")
"""A double with status and both times, as nearly all values are."""
_USUAL_HEAD = bytes((_VARIANT | _STATUS | _SOURCE | _SERVER, ua.VariantType.Double.value))
_UINT32 = struct.Struct("<I")
_INT32 = struct.Struct("<i")
_INT64 = struct.Struct("<q")


class Change(NamedTuple):
    """One notification. ``source``: the source's time in 100 ns since 1601, or 0."""

    handle: int
    value: Any
    status: int
    source: int


@dataclass
class Published:
    """One answer to a publish request."""

    subscription: int = 0
    sequence: int = 0
    available: list[int] = field(default_factory=list)
    more: bool = False
    changes: list[Change] = field(default_factory=list)
    events: list[list[Any]] = field(default_factory=list)
    """The fields of each event."""
    others: list[bytes] = field(default_factory=list)
    """The status changes."""


def published(body: bytes) -> Published:
    """Decode a PublishResponse. Raises ``UaStatusCodeError`` when the server answered with a fault."""
    if body[:4] == _SERVICE_FAULT:
        struct_from_binary(ua.ResponseHeader, Buffer(body[4:])).ServiceResult.check()
    result = _INT32.unpack_from(body, 16)[0] & 0xFFFF_FFFF  # after type, timestamp and handle
    if result:
        ua.StatusCode(result).check()
    at = 20 + 1  # no diagnostics
    strings = _INT32.unpack_from(body, at)[0]
    assert strings <= 0, "diagnostics that were not requested"
    at += 4 + 3  # no additional header
    found = Published(subscription=_UINT32.unpack_from(body, at)[0])
    at += 4
    count = max(_INT32.unpack_from(body, at)[0], 0)
    found.available = list(struct.unpack_from(f"<{count}I", body, at + 4))
    at += 4 + 4 * count
    found.more = body[at] != 0
    found.sequence = _UINT32.unpack_from(body, at + 1)[0]
    at += 1 + 4 + 8
    notifications = max(_INT32.unpack_from(body, at)[0], 0)
    at += 4
    for _ in range(notifications):
        assert body[at] == 1, "the encoding of the type's id"
        kind = struct.unpack_from("<H", body, at + 2)[0]
        size = _INT32.unpack_from(body, at + 5)[0]
        at += 9
        if kind == _DATA_CHANGES:
            _read_changes(body, at, found.changes)
        elif kind == _EVENTS:
            events = struct_from_binary(ua.EventNotificationList, Buffer(body, at)).Events
            found.events.extend([variant.Value for variant in event.EventFields] for event in events)
        else:
            found.others.append(body[at : at + size])
        at += size
    return found


def _read_changes(body: bytes, at: int, changes: list[Change]) -> None:
    count = _INT32.unpack_from(body, at)[0]
    at += 4
    for _ in range(count):
        if body[at + 4 : at + 6] == _USUAL_HEAD:
            handle, _, _, value, status, source, _ = _USUAL.unpack_from(body, at)
            changes.append(Change(handle, value, status, source))
            at += _USUAL.size
            continue
        change, at = _read_change(body, at)
        changes.append(change)


def _read_change(body: bytes, at: int) -> tuple[Change, int]:
    handle, mask = struct.unpack_from("<IB", body, at)
    at += 5
    value, status, source = None, 0, 0
    if mask & _VARIANT:
        buffer = Buffer(body, at)
        value = variant_from_binary(buffer).Value
        at = buffer._cur_pos
    if mask & _STATUS:
        status = _UINT32.unpack_from(body, at)[0]
        at += 4
    if mask & _SOURCE:
        source = _INT64.unpack_from(body, at)[0]
        at += 8
    at += 2 * bool(mask & _SOURCE_PS) + 8 * bool(mask & _SERVER) + 2 * bool(mask & _SERVER_PS)
    return Change(handle, value, status, source), at
