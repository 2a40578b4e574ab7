"""Decoding of untrusted messages: each message has a budget of reads and is refused above it.

asyncua's decoder trusts the lengths in a message. A negative length moves its reading position back, an array of
nulls takes memory without taking bytes, and the dimensions of an array may claim a million elements that were
never sent. :class:`BoundedBuffer` refuses the first, :func:`harden_decoder` the other two. The changes of
:func:`harden_decoder` hold for the whole process; they refuse only data that the encoding rules forbid anyway.
"""

from __future__ import annotations

from typing import Any

from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua import ua_binary
from asyncua.ua.uaerrors import UaError

READS = 60_000  # per message, half a second at most; 2000 monitored items take about 32 000
SPARE_ELEMENTS = 16  # asyncua encodes some empty arrays with dimensions of one


class TooManyParts(NotEnoughData):
    """The message has more parts than its budget of reads."""


class BoundedBuffer(Buffer):
    """A buffer with a budget of reads, shared by its copies; no read goes backwards or beyond the end."""

    def __init__(self, data: bytes, start_pos: int = 0, size: int = -1, budget: list[int] | None = None) -> None:
        super().__init__(data, start_pos, size)
        self._budget = [READS] if budget is None else budget

    def read(self, size: int) -> bytes:
        """Read the next bytes. Raises ``NotEnoughData``."""
        self._spend(size)
        return bytes(super().read(size))

    def copy(self, size: int = -1) -> BoundedBuffer:
        """Return a view of the next bytes with the same budget."""
        self._spend(max(size, 0))
        if size < 0 or size > self._size:
            size = self._size
        return BoundedBuffer(self._data, self._cur_pos, size, self._budget)

    def skip(self, size: int) -> None:
        """Skip bytes. Raises ``NotEnoughData``."""
        self._spend(size)
        super().skip(size)

    def _spend(self, size: int) -> None:
        self._budget[0] -= 1
        if size < 0:
            raise NotEnoughData("a length in the message is negative")
        if self._budget[0] < 0:
            raise TooManyParts("the message has too many parts")


def _counted_null(data: Any) -> None:
    data.read(0)


_reshape = ua_binary._reshape


def _checked_reshape(flat: list[Any], dims: list[int]) -> list[Any]:
    """Reshape an array. Raises ``UaError`` if its dimensions do not fit the elements that were sent."""
    if not dims or any(length < 0 for length in dims) or len(dims) > 16:
        raise UaError("the dimensions of an array are invalid")
    declared = 1
    for length in dims:
        declared *= max(length, 1)
        if declared > len(flat) + SPARE_ELEMENTS:
            raise UaError("an array has fewer elements than its dimensions state")
    shaped: list[Any] = _reshape(flat, dims)
    return shaped


def harden_decoder() -> None:
    """Make asyncua's decoder refuse arrays that take memory without taking bytes; a second call does nothing."""
    if ua_binary._reshape is _checked_reshape:
        return
    ua_binary._reshape = _checked_reshape
    ua_binary._Null.unpack = staticmethod(_counted_null)
    ua_binary._create_uatype_deserializer.cache_clear()
    ua_binary._create_uatype_array_deserializer.cache_clear()
