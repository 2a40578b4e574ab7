"""Frames of CRI: ``CRISTART <counter> <text> CRIEND``, ASCII, each direction with a counter of its own.

The controller ends a frame with a newline; clients need not.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellkit.digits import whole_number
from cellkit.errors import ProtocolError

LARGEST = 16384
"""The most bytes of one frame; the longest frame of a controller, a status, has less than 2000."""
LAST_COUNTER = 9999
_START, _END = b"CRISTART", b"CRIEND"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its counter, its first word and the words after that."""

    counter: int
    category: str
    words: tuple[str, ...]

    @property
    def rest(self) -> str:
        """The words after the category, one space between them."""
        return " ".join(self.words)


def encode(counter: int, text: str) -> bytes:
    """Encode a frame. Raises ``ProtocolError`` for a text that would break the frame."""
    if not text.isascii() or "CRISTART" in text or "CRIEND" in text or "\n" in text:
        raise ProtocolError("CRI", f"a text that no frame can carry: {text!r}")
    return f"CRISTART {counter} {text} CRIEND\n".encode("ascii")


class Counter:
    """Numbers the messages of one direction: 1 to 9999, then 1 again."""

    def __init__(self) -> None:
        self._last = 0

    @property
    def upcoming(self) -> int:
        """The number of the next message."""
        return self._last % LAST_COUNTER + 1

    def next(self) -> int:
        """Take the number of the next message."""
        self._last = self.upcoming
        return self._last


class FrameReader:
    """Cuts a stream of bytes into frames, wherever it was split. Holds no more than one frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return all frames that are complete now. Raises ``ProtocolError`` for other data."""
        buffer = self._buffer
        buffer += data
        frames = []
        while (end := buffer.find(_END)) >= 0:
            frames.append(_parse(bytes(buffer[:end])))
            del buffer[: end + len(_END)]
        blank = len(buffer) - len(buffer.lstrip())
        del buffer[:blank]
        if not _START.startswith(bytes(buffer[: len(_START)])):
            raise ProtocolError("CRI", "no frame: it does not begin with CRISTART", data=bytes(buffer[:80]))
        if len(buffer) > LARGEST:
            raise ProtocolError("CRI", f"a frame of more than {LARGEST} bytes", data=bytes(buffer[:80]))
        return frames


def _parse(raw: bytes) -> Frame:
    try:
        words = raw.decode("ascii").split()
    except UnicodeDecodeError:
        raise ProtocolError("CRI", "a frame holds bytes that are not ASCII", data=raw[:80]) from None
    if len(words) < 3 or words[0] != "CRISTART" or not words[1].isdigit():
        raise ProtocolError("CRI", "no frame: expected CRISTART, a counter and a category", data=raw[:80])
    counter = whole_number(words[1], LAST_COUNTER)
    if counter is None:
        raise ProtocolError("CRI", f"counter {words[1][:20]} is above {LAST_COUNTER}", data=raw[:80])
    if "CRISTART" in words[1:]:
        raise ProtocolError("CRI", "a frame begins inside another", data=raw[:80])
    return Frame(counter, words[2], tuple(words[3:]))
