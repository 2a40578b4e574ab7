"""The read of raw history (OPC UA Part 11): ranges in both directions, bounds, and continuation points.

All functions block; ``History`` calls them in a separate thread.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary

from cellkit.opcua.history_file import LAST, HistoryFile, Key, Sample

MAX_VALUES = 10_000
"""The maximum of values of a variable in one response; a continuation point leads to the rest."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_POINT = struct.Struct("<q4q?I?q")


class _Rest(NamedTuple):
    """The rest of a read; a continuation point holds all these fields."""

    low: Key
    high: Key
    reverse: bool
    left: int = 0
    """The number of values to return over all responses; 0: all values in the range."""
    missing_end: int | None = None
    """The time of a requested end bound that does not exist; the last value reports it as BadBoundNotFound."""

    def pack(self, node: int) -> bytes:
        end = self.missing_end
        return _POINT.pack(node, *self.low, *self.high, self.reverse, self.left, end is not None, end or 0)


def read_raw(
    file: HistoryFile, node: int, details: ua.ReadRawModifiedDetails, continuation: bytes | None
) -> tuple[list[ua.DataValue], bytes | None]:
    """Return the next values of a node and the continuation point, None when no values are left.

    The range includes its start and excludes its end, in either direction. With bounds it reaches from the nearest
    value at or before its start to the nearest value at or after its end, in the direction of the read. A bound that
    does not exist is a value with BadBoundNotFound. Raises ``UaStatusCodeError`` for an invalid read.
    """
    values: list[ua.DataValue] = []
    if continuation:
        rest = _unpack(continuation, node)
    else:
        rest, missing_start = _begin(file, node, details)
        if missing_start is not None:
            values.append(_no_bound(missing_start))
    most = min(details.NumValuesPerNode or MAX_VALUES, rest.left or MAX_VALUES, MAX_VALUES)
    room = most - len(values)
    samples = file.read(node, rest.low, rest.high, reverse=rest.reverse, limit=room + 1)
    values += [_value(sample) for _, sample in samples[:room]]
    onward: _Rest | None = None
    if len(samples) > room:
        sequence, sample = samples[room]
        key = Key(sample.time, sequence)
        onward = rest._replace(high=key) if rest.reverse else rest._replace(low=key)
    elif rest.missing_end is not None and len(values) < most:
        values.append(_no_bound(rest.missing_end))
    elif rest.missing_end is not None:
        onward = rest._replace(low=Key(LAST, LAST), high=Key(LAST, LAST))
    if onward is not None and rest.left:
        onward = onward._replace(left=rest.left - len(values)) if rest.left > len(values) else None
    return values, None if onward is None else onward.pack(node)


def _begin(file: HistoryFile, node: int, details: ua.ReadRawModifiedDetails) -> tuple[_Rest, int | None]:
    """Return the range of a new read, and the time of a requested start bound that does not exist."""
    start, end = _stated(details.StartTime), _stated(details.EndTime)
    left = 0
    if start is None or end is None:
        if (start is None and end is None) or not details.NumValuesPerNode:
            raise ua.UaStatusCodeError(ua.StatusCodes.BadHistoryOperationInvalid)
        left = details.NumValuesPerNode
    reverse = start is None or (end is not None and end < start)
    if start is None:
        start, end = end, None
    assert start is not None
    if reverse:
        low, high = Key(-LAST if end is None else end + 1, 0), Key(start, LAST)
    else:
        low, high = Key(start, 0), Key(LAST if end is None else max(start, end - 1), LAST)
    rest = _Rest(low, high, reverse, left)
    return _with_bounds(file, node, rest, start, end) if details.ReturnBounds else (rest, None)


def _with_bounds(file: HistoryFile, node: int, rest: _Rest, start: int, end: int | None) -> tuple[_Rest, int | None]:
    def nearest(time: int, *, at_or_after: bool) -> Key | None:
        """Return the nearest sample on one side; of several at that time, the first in the direction of the read."""
        found = file.read(node, Key(time, 0), Key(time, LAST), reverse=rest.reverse, limit=1)
        if not found:
            low, high = (Key(time, 0), Key(LAST, LAST)) if at_or_after else (Key(-LAST, 0), Key(time, LAST))
            found = file.read(node, low, high, reverse=not at_or_after, limit=1)
        return Key(found[0][1].time, found[0][0]) if found else None

    first = nearest(start, at_or_after=rest.reverse)
    if first is not None:
        rest = rest._replace(high=first) if rest.reverse else rest._replace(low=first)
    if end is not None and end != start:
        last = nearest(end, at_or_after=not rest.reverse)
        if last is None:
            rest = rest._replace(missing_end=end)
        else:
            rest = rest._replace(low=last) if rest.reverse else rest._replace(high=last)
    return rest, start if first is None else None


def _unpack(continuation: bytes, node: int) -> _Rest:
    try:
        of_node, *keys, reverse, left, has_end, end = _POINT.unpack(continuation)
    except struct.error:
        of_node = None
    if of_node != node:
        raise ua.UaStatusCodeError(ua.StatusCodes.BadContinuationPointInvalid)
    return _Rest(Key(*keys[:2]), Key(*keys[2:]), reverse, left, end if has_end else None)


def _stated(time: datetime | None) -> int | None:
    """Return a time in microseconds since 1970; None for OPC UA's zero, which means that no time is stated."""
    return None if time is None or time == ua.get_win_epoch() else microseconds(time)


def microseconds(time: datetime) -> int:
    """Return a time in microseconds since 1970; a time without a zone is UTC."""
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def _value(sample: Sample) -> ua.DataValue:
    return ua.DataValue(
        Value=variant_from_binary(Buffer(sample.value)),
        StatusCode=ua.StatusCode(sample.status),
        SourceTimestamp=_EPOCH + sample.time * _MICROSECOND,
        ServerTimestamp=_EPOCH + sample.server_time * _MICROSECOND,
    )


def _no_bound(time: int) -> ua.DataValue:
    at = _EPOCH + time * _MICROSECOND
    status = ua.StatusCode(ua.StatusCodes.BadBoundNotFound)
    return ua.DataValue(Value=ua.Variant(), StatusCode=status, SourceTimestamp=at, ServerTimestamp=at)
