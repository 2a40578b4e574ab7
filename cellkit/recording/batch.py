"""Encoding of many messages at once, by the thread that writes them: numbers go into copies of one encoded message."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from cellkit.geometry import Array

SECOND = 1_000_000_000
_STAMP = b"\n"  # tag of the field 1 with a timestamp
_MARK = 0xA5A5A5A5A5A50000
Encode = Callable[[int, Sequence[float]], bytes]


@lru_cache(maxsize=1024)
def _encoded_stamp(time: int) -> bytes:
    return stamp(time).SerializeToString()


def stamp(time: int) -> Timestamp:
    """Return cell time (ns) as a protobuf timestamp, which counts from 1970."""
    return Timestamp(seconds=time // SECOND, nanos=time % SECOND)


class _Form:
    """An encoded message, and the places of its timestamps and of its numbers."""

    def __init__(self, encode: Encode, time: int, count: int) -> None:
        marks = np.arange(_MARK, _MARK + count, dtype="<u8")
        data = encode(time, marks.view("<f8").tolist())
        encoded = stamp(time).SerializeToString()
        field = _STAMP + bytes([len(encoded)]) + encoded
        self.data = np.frombuffer(data, np.uint8)
        self.numbers = np.array([data.index(mark.tobytes()) for mark in marks], np.intp)[:, None] + np.arange(8)
        ends = list(
            itertools.accumulate(data.split(field)[:-1], lambda end, part: end + len(part) + len(field), initial=0)
        )
        self.stamps = np.array(ends[1:], np.intp)[:, None] + np.arange(-len(encoded), 0)


class BatchEncoder:
    """An encoder of messages that differ only in their time and numbers.

    ``encode`` encodes one message by the protobuf library, with all its timestamps in a field 1. Since protobuf
    shortens a time, there is one form for each length of the timestamp and each number of numbers. Zeros are written,
    which protobuf leaves out: readers decode the same, and a message does not change its form with every number that
    becomes zero.
    """

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._forms: dict[tuple[int, int], _Form] = {}

    def messages(self, times: Sequence[int], numbers: Array) -> list[bytes]:
        """Encode k messages: times in ns, ``numbers`` (k, n)."""
        stamps = [_encoded_stamp(time) for time in times]  # each time comes once for every channel
        values = np.ascontiguousarray(numbers).view(np.uint8).reshape(len(times), -1, 8)
        result: list[bytes] = []
        for size, group in itertools.groupby(stamps, len):
            first, encoded = len(result), list(group)
            key = (size, numbers.shape[1])
            form = self._forms.get(key)
            if form is None:
                form = self._forms[key] = _Form(self._encode, times[first], numbers.shape[1])
            block = np.tile(form.data, (len(encoded), 1))
            block[:, form.numbers] = values[first : first + len(encoded)]
            block[:, form.stamps] = np.frombuffer(b"".join(encoded), np.uint8).reshape(len(encoded), 1, size)
            result += [line.tobytes() for line in block]
        return result
