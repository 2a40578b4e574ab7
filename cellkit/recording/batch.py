"""Encoding of many messages at once, by the thread that writes them: numbers go into copies of one encoded message."""

from __future__ import annotations

import itertools
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from numpy.typing import NDArray

from cellkit.geometry import Array

SECOND = 1_000_000_000
MAX_FORMS = 64
"""Number of cached forms of one encoder."""
_STAMP = b"\n"  # tag of the field 1 with a timestamp
_MARK = 0xA5A5A5A5A5A50000
Item = TypeVar("Item")
Encode = Callable[[int, Sequence[float]], bytes]


def stamp(time: int) -> Timestamp:
    """Return cell time (ns) as a protobuf timestamp, which counts from 1970."""
    return Timestamp(seconds=time // SECOND, nanos=time % SECOND)


class _Form:
    """An encoded message, and the places of its timestamps and of its numbers that are not zero."""

    def __init__(self, encode: Encode, time: int, present: NDArray[np.bool_]) -> None:
        marks = [struct.pack("<Q", _MARK + number) for number in range(len(present))]
        data = encode(
            time, [struct.unpack("<d", mark)[0] if on else 0.0 for mark, on in zip(marks, present, strict=True)]
        )
        encoded = stamp(time).SerializeToString()
        field = _STAMP + bytes([len(encoded)]) + encoded
        starts = [data.index(mark) for mark, on in zip(marks, present, strict=True) if on]
        self.data = np.frombuffer(data, np.uint8)
        self.present = present
        self.numbers = np.array(starts, np.intp)[:, None] + np.arange(8)
        ends = list(
            itertools.accumulate(data.split(field)[:-1], lambda end, part: end + len(part) + len(field), initial=0)
        )
        self.stamps = np.array(ends[1:], np.intp)[:, None] + np.arange(-len(encoded), 0)


class BatchEncoder:
    """An encoder of messages that differ only in their time and numbers.

    ``encode`` encodes one message by the protobuf library, with all its timestamps in a field 1. Since protobuf leaves
    out some zeros, and shortens a time, there is one form for each set of zeros and length of the timestamp.
    """

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._forms: dict[tuple[int, bytes], _Form] = {}

    def messages(self, times: Sequence[int], numbers: Array) -> list[bytes]:
        """Encode k messages, byte by byte as ``encode`` does: times in ns, ``numbers`` (k, n)."""
        stamps = [stamp(time).SerializeToString() for time in times]
        present = numbers.view(np.int64) != 0  # -0.0 is written
        rows_of: dict[tuple[int, bytes], list[int]] = {}
        for row, (encoded, mask) in enumerate(zip(stamps, present, strict=True)):
            rows_of.setdefault((len(encoded), mask.tobytes()), []).append(row)
        result = [b""] * len(times)
        for key, rows in rows_of.items():
            form = self._forms.get(key)
            if form is None:
                if len(self._forms) >= MAX_FORMS:
                    self._forms.clear()
                form = self._forms[key] = _Form(self._encode, times[rows[0]], present[rows[0]])
            block = np.tile(form.data, (len(rows), 1))
            values = np.ascontiguousarray(numbers[rows][:, form.present])
            block[:, form.numbers] = values.view(np.uint8).reshape(len(rows), -1, 8)
            encoded_times = np.frombuffer(b"".join(stamps[row] for row in rows), np.uint8)
            block[:, form.stamps] = encoded_times.reshape(len(rows), 1, -1)
            for row, line in zip(rows, block, strict=True):
                result[row] = line.tobytes()
        return result


class Deferred(Generic[Item]):
    """Items that wait until another thread needs one of them; then all that wait are encoded at once."""

    def __init__(self, encode: Callable[[Sequence[Item]], Sequence[bytes]]) -> None:
        self._encode = encode
        self._waiting: deque[tuple[int, Item]] = deque()
        self._count = itertools.count()
        self._done: dict[int, bytes] = {}

    def later(self, item: Item) -> Callable[[], bytes]:
        """Add an item; the function returned gives its message, once. Messages must be fetched in order."""
        number = next(self._count)
        self._waiting.append((number, item))
        return lambda: self._fetch(number)

    def _fetch(self, number: int) -> bytes:
        if number not in self._done:
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            messages = self._encode([item for _, item in waiting])
            self._done.update(zip((one for one, _ in waiting), messages, strict=True))
        return self._done.pop(number)
