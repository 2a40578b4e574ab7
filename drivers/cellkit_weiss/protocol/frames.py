"""Frames of the binary interface: three times AA, a command, a length, a payload, a checksum; little-endian.

The checksum mixes two forms that are usual by themselves: the table of the polynomial 0x1021 with the most significant
bit first, but used like one with the least significant bit first (source: ipa320/ipa325_wsg50).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cellkit.errors import ProtocolError

PREAMBLE = b"\xaa\xaa\xaa"
HEADER, TRAILER = len(PREAMBLE) + 3, 2
LONGEST = 1024  # bytes of a payload; an assumption, the commands that are known need 40


def _entry(index: int) -> int:
    value = index << 8
    for _ in range(8):
        value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


_TABLE = [_entry(index) for index in range(256)]


def checksum(data: bytes) -> int:
    """Over everything before it, the preamble too."""
    crc = 0xFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


@dataclass(frozen=True, slots=True)
class Frame:
    """One message; ``sound``: its checksum was right."""

    command: int
    payload: bytes = b""
    sound: bool = True


def encode_frame(frame: Frame) -> bytes:
    """With the right checksum."""
    head = PREAMBLE + bytes([frame.command]) + len(frame.payload).to_bytes(2, "little") + frame.payload
    return head + checksum(head).to_bytes(2, "little")


class FrameReader:
    """Cuts a stream of bytes into frames. ``strict``: bytes that belong to no frame are an error, else skipped."""

    def __init__(self, strict: bool = True) -> None:
        self._strict = strict
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames, those with a wrong checksum too. Raises ``ProtocolError`` for one that is too long."""
        self._rest += data
        while self._find_preamble() and len(self._rest) >= HEADER:
            size = int.from_bytes(self._rest[HEADER - 2 : HEADER], "little")
            if size > LONGEST:
                raise ProtocolError("weiss", f"a payload of {size} bytes, above {LONGEST}", data=self._rest[:64])
            end = HEADER + size
            if len(self._rest) < end + TRAILER:
                return
            whole, self._rest = self._rest[: end + TRAILER], self._rest[end + TRAILER :]
            sound = checksum(whole[:end]) == int.from_bytes(whole[end:], "little")
            yield Frame(whole[HEADER - 3], whole[HEADER:end], sound)

    def _find_preamble(self) -> bool:
        """Drop what comes before a frame; whether one begins."""
        begun = self._rest[: len(PREAMBLE)]
        if begun == PREAMBLE[: len(begun)]:
            return len(begun) == len(PREAMBLE)
        if self._strict:
            raise ProtocolError("weiss", "no preamble where a frame begins", data=self._rest[:64])
        at = self._rest.find(PREAMBLE)
        if at < 0:
            kept = next(count for count in (2, 1, 0) if self._rest.endswith(PREAMBLE[:count]))
            self._rest = self._rest[len(self._rest) - kept :]
            return False
        self._rest = self._rest[at:]
        return True
