"""Reading raw history (OPC UA Part 11): ranges in both directions, bounds, and continuation points.

Everything here blocks; the history calls it in a thread of its own.
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
"""A response holds at most so many values of a variable; a continuation point leads to the rest."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = struct.Struct("<q4q?I?q")


class _Place(NamedTuple):
    """What is still to be read: everything a continuation point has to know."""

    low: Key
    high: Key
    reverse: bool
    left: int = 0
    """How many values are wanted over all responses; 0: all in the range."""
    missing_end: int | None = None
    """Time of the end bound, if there is none and that has to be told at last."""

    def pack(self, node: int) -> bytes:
        end = self.missing_end
        return _PLACE.pack(node, *self.low, *self.high, self.reverse, self.left, end is not None, end or 0)


def read_raw(
    file: HistoryFile, node: int, details: ua.ReadRawModifiedDetails, continuation: bytes | None
) -> tuple[list[ua.DataValue], bytes | None]:
    """The next values of a node and the point to continue at, None when that is all.

    The range includes its start and excludes its end, in either direction; with bounds it reaches from the nearest
    value at or before its start to the nearest at or after its end, as seen in that direction. A bound that does not
    exist is told by a value with BadBoundNotFound. UaStatusCodeError: a read that cannot be.
    """
    values: list[ua.DataValue] = []
    if continuation:
        place = _unpack(continuation, node)
    else:
        place, missing_start = _begin(file, node, details)
        if missing_start is not None:
            values.append(_no_bound(missing_start))
    most = min(details.NumValuesPerNode or MAX_VALUES, place.left or MAX_VALUES, MAX_VALUES)
    room = most - len(values)
    found = file.read(node, place.low, place.high, reverse=place.reverse, limit=room + 1)
    values += [_value(sample) for _, sample in found[:room]]
    onward: _Place | None = None
    if len(found) > room:
        sequence, sample = found[room]
        key = Key(sample.time, sequence)
        onward = place._replace(high=key) if place.reverse else place._replace(low=key)
    elif place.missing_end is not None and len(values) < most:
        values.append(_no_bound(place.missing_end))
    elif place.missing_end is not None:
        onward = place._replace(low=Key(LAST, LAST), high=Key(LAST, LAST))
    if onward is not None and place.left:
        onward = onward._replace(left=place.left - len(values)) if place.left > len(values) else None
    return values, None if onward is None else onward.pack(node)


def _begin(file: HistoryFile, node: int, details: ua.ReadRawModifiedDetails) -> tuple[_Place, int | None]:
    """What a new read covers, and the time of the start bound if it was asked for and there is none."""
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
    place = _Place(low, high, reverse, left)
    return _with_bounds(file, node, place, start, end) if details.ReturnBounds else (place, None)


def _with_bounds(file: HistoryFile, node: int, place: _Place, start: int, end: int | None) -> tuple[_Place, int | None]:
    def nearest(time: int, *, at_or_after: bool) -> Key | None:
        """The nearest sample on one side; of several at just that time, the first in the direction of the read."""
        found = file.read(node, Key(time, 0), Key(time, LAST), reverse=place.reverse, limit=1)
        if not found:
            low, high = (Key(time, 0), Key(LAST, LAST)) if at_or_after else (Key(-LAST, 0), Key(time, LAST))
            found = file.read(node, low, high, reverse=not at_or_after, limit=1)
        return Key(found[0][1].time, found[0][0]) if found else None

    first = nearest(start, at_or_after=place.reverse)
    if first is not None:
        place = place._replace(high=first) if place.reverse else place._replace(low=first)
    if end is not None and end != start:
        last = nearest(end, at_or_after=not place.reverse)
        if last is None:
            place = place._replace(missing_end=end)
        else:
            place = place._replace(low=last) if place.reverse else place._replace(high=last)
    return place, start if first is None else None


def _unpack(continuation: bytes, node: int) -> _Place:
    try:
        of_node, *keys, reverse, left, has_end, end = _PLACE.unpack(continuation)
    except struct.error:
        of_node = None
    if of_node != node:
        raise ua.UaStatusCodeError(ua.StatusCodes.BadContinuationPointInvalid)
    return _Place(Key(*keys[:2]), Key(*keys[2:]), reverse, left, end if has_end else None)


def _stated(time: datetime | None) -> int | None:
    """A time in microseconds since 1970; OPC UA's zero stands for a time that is not stated."""
    return None if time is None or time == ua.get_win_epoch() else microseconds(time)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970; a time without a zone is UTC."""
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
