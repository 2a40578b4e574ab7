"""Values of CoLa B (see ``values``)."""

from __future__ import annotations

import struct

import numpy as np
from typing_extensions import override

from cellkit.geometry import Array
from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.values import Reader, Writer, latin, require


class BinaryReader(Reader):
    """Values of CoLa B."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def _take(self, size: int) -> bytes:
        raw = self._body[self._at : self._at + size]
        if len(raw) < size:
            raise BadValue(Sfa.TOO_LITTLE, f"{len(raw)} bytes where {size} are expected", self._body[-64:])
        self._at += size
        return raw

    @override
    def uint(self, bits: int) -> int:
        return int.from_bytes(self._take(bits // 8), "big")

    @override
    def sint(self, bits: int) -> int:
        return int.from_bytes(self._take(bits // 8), "big", signed=True)

    @override
    def real(self) -> float:
        value: float = struct.unpack(">f", self._take(4))[0]
        return value

    @override
    def text(self) -> str:
        return latin(self._take(self.uint(16)))

    @override
    def word(self, size: int) -> str:
        return latin(self._take(size))

    @override
    def numbers(self, count: int, bits: int) -> Array:
        raw = np.frombuffer(self._take(count * (bits // 8)), dtype=f">u{bits // 8}")
        values: Array = raw.astype(np.float64)
        return values

    @override
    def rest(self) -> int:
        return len(self._body) - self._at


class BinaryWriter(Writer):
    """Values of CoLa B."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    @override
    def uint(self, value: int, bits: int) -> None:
        require(value, 0, (1 << bits) - 1)
        self._parts.append(value.to_bytes(bits // 8, "big"))

    @override
    def sint(self, value: int, bits: int) -> None:
        half = 1 << (bits - 1)
        require(value, -half, half - 1)
        self._parts.append(value.to_bytes(bits // 8, "big", signed=True))

    @override
    def real(self, value: float) -> None:
        self._parts.append(struct.pack(">f", value))

    @override
    def text(self, value: str) -> None:
        self.uint(len(value), 16)
        self._parts.append(value.encode("latin-1"))

    @override
    def word(self, value: str) -> None:
        self._parts.append(value.encode("latin-1"))

    @override
    def numbers(self, values: Array, bits: int) -> None:
        if len(values):
            require(int(values.min()), 0, (1 << bits) - 1)
            require(int(values.max()), 0, (1 << bits) - 1)
        self._parts.append(values.astype(f">u{bits // 8}").tobytes())

    @override
    def body(self) -> bytes:
        return b"".join(self._parts)
