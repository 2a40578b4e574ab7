"""The encoding of data change notifications; a value is encoded once for all subscriptions that report it.

asyncua's encoder walks through the fields of every notification, which is most of its work for a subscriber.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary, variant_to_binary

_UINT32 = struct.Struct("<I")
_TIMES = struct.Struct("<qq")
_EMPTY = struct.pack("<i", 0)
_TYPE = ua.FourByteNodeId(ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary)
_VALUE_STATUS_TIMES = b"\x0f"
"""The mask of a value with status, source time and server time (OPC 10000-6, 5.2.2.17)."""
_SCALARS = {
    ua.VariantType.Boolean: struct.Struct("<B?"),
    ua.VariantType.Int32: struct.Struct("<Bi"),
    ua.VariantType.UInt32: struct.Struct("<BI"),
    ua.VariantType.Float: struct.Struct("<Bf"),
    ua.VariantType.Double: struct.Struct("<Bd"),
}


class NotificationEncoder:
    """Encodes data change notifications; keeps the encodings of the newest values."""

    def __init__(self, kept: int = 20_000) -> None:
        self._kept = kept
        self._encodings: dict[int, tuple[ua.DataValue, bytes]] = {}
        """The encodings by the identity of the value; the value stays alive, so no other one gets its identity."""
        self._moments: tuple[datetime | None, datetime | None] = (None, None)
        self._times = b""

    def encode(self, notifications: Iterable[ua.MonitoredItemNotification]) -> ua.ExtensionObject:
        """Return a DataChangeNotification that is encoded already."""
        parts = [b""]
        for item in notifications:
            parts += (_UINT32.pack(item.ClientHandle), self._value(item.Value))
        parts[0] = _UINT32.pack(len(parts) // 2)
        parts.append(_EMPTY)
        return ua.ExtensionObject(_TYPE, b"".join(parts))

    def _value(self, value: ua.DataValue) -> bytes:
        found = self._encodings.get(id(value))
        if found is not None:
            return found[1]
        encoding = self._encode_value(value)
        if len(self._encodings) >= self._kept:
            self._encodings.clear()
        self._encodings[id(value)] = (value, encoding)
        return encoding

    def _encode_value(self, value: ua.DataValue) -> bytes:
        moments = (value.SourceTimestamp, value.ServerTimestamp)
        variant, status = value.Value, value.StatusCode
        picoseconds = value.SourcePicoseconds is not None or value.ServerPicoseconds is not None
        if variant is None or status is None or None in moments or picoseconds:
            return bytes(struct_to_binary(value))
        if self._moments[0] is not moments[0] or self._moments[1] is not moments[1]:  # values of one report share them
            self._moments = moments
            self._times = _TIMES.pack(*map(ua.datetime_to_win_epoch, moments))
        scalar = None if variant.is_array else _SCALARS.get(variant.VariantType)
        if scalar is None:
            encoded = variant_to_binary(variant)
        else:
            encoded = scalar.pack(variant.VariantType.value, variant.Value)
        return b"".join((_VALUE_STATUS_TIMES, encoded, _UINT32.pack(status.value), self._times))
