"""Where telegrams begin and end.

CoLa A: 02, text, 03. CoLa B: 02 02 02 02, length (u32, big endian), content, exclusive or of the content's bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import reduce
from operator import xor

from typing_extensions import override

from cellkit.errors import ProtocolError
from cellkit_sick.protocol.errors import VENDOR

STX, ETX = b"\x02", b"\x03"
START = 4 * STX
HEAD = 8  # bytes before the content in CoLa B
LONGEST = 65536
"""Bytes of content that no telegram of these scanners reaches: 811 distances and as many remissions are 9 kB."""
BETWEEN = b"\0\r\n"
"""Bytes that some clients send between telegrams of CoLa A."""


class FrameReader(ABC):
    """Cuts a stream of bytes into the contents of telegrams; holds no more than one telegram."""

    def __init__(self) -> None:
        self._rest = bytearray()

    @abstractmethod
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Contents, in order. Raises ``ProtocolError`` for bytes that are no telegram; nothing follows then."""

    def reset(self) -> None:
        """Forget what was begun."""
        self._rest.clear()


class TextFrames(FrameReader):
    """Telegrams of CoLa A."""

    @override
    def feed(self, data: bytes) -> Iterator[bytes]:
        rest = self._rest
        rest += data
        while rest:
            if rest[0] != STX[0]:
                if rest[0] not in BETWEEN:
                    raise ProtocolError(VENDOR, "bytes outside any telegram", data=bytes(rest[:64]))
                del rest[0]
                continue
            end = rest.find(ETX)
            if rest.find(STX, 1, end if end >= 0 else len(rest)) >= 0:
                raise ProtocolError(VENDOR, "a telegram begins inside another", data=bytes(rest[:64]))
            if max(end, 0) > LONGEST or (end < 0 and len(rest) > LONGEST):
                raise ProtocolError(VENDOR, f"a telegram of more than {LONGEST} bytes", data=bytes(rest[:64]))
            if end < 0:
                return
            content = bytes(rest[1:end])
            del rest[: end + 1]
            yield content


class BinaryFrames(FrameReader):
    """Telegrams of CoLa B."""

    @override
    def feed(self, data: bytes) -> Iterator[bytes]:
        rest = self._rest
        rest += data
        while rest:
            begin = bytes(rest[: len(START)])
            if not START.startswith(begin):
                raise ProtocolError(VENDOR, "bytes outside any telegram", data=bytes(rest[:64]))
            if len(rest) < HEAD:
                return
            length = int.from_bytes(rest[len(START) : HEAD], "big")
            if length > LONGEST:
                raise ProtocolError(VENDOR, f"a telegram of {length} bytes", data=bytes(rest[:64]))
            if len(rest) < HEAD + length + 1:
                return
            content, sum_ = bytes(rest[HEAD : HEAD + length]), rest[HEAD + length]
            if checksum(content) != sum_:
                raise ProtocolError(VENDOR, f"checksum {sum_:02x}, not {checksum(content):02x}", data=content[:64])
            del rest[: HEAD + length + 1]
            yield content


def checksum(content: bytes) -> int:
    """Exclusive or of all bytes."""
    # Halving the content as one big number does it in a dozen steps instead of one for every byte.
    if len(content) < 16:
        return reduce(xor, content, 0)
    number, size = int.from_bytes(content, "big"), len(content)
    while size > 1:
        half = (size + 1) // 2
        number = (number >> (8 * half)) ^ (number & ((1 << (8 * half)) - 1))
        size = half
    return number


def frame_text(content: bytes) -> bytes:
    """Return a telegram of CoLa A."""
    return STX + content + ETX


def frame_binary(content: bytes) -> bytes:
    """Return a telegram of CoLa B."""
    return START + len(content).to_bytes(4, "big") + content + bytes((checksum(content),))
