"""Values of CoLa B (see ``values``)."""

from __future__ import annotations

import struct

import numpy as np

from cellkit.geometry import Array
from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.values import latin, require


class BinaryReader:
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

    def uint(self, bits: int) -> int:
        """See ``Reader``."""
        return int.from_bytes(self._take(bits // 8), "big")

    def sint(self, bits: int) -> int:
        """See ``Reader``."""
        return int.from_bytes(self._take(bits // 8), "big", signed=True)

    def real(self) -> float:
        """See ``Reader``."""
        value: float = struct.unpack(">f", self._take(4))[0]
        return value

    def text(self) -> str:
        """See ``Reader``."""
        return latin(self._take(self.uint(16)))

    def word(self, size: int) -> str:
        """See ``Reader``."""
        return latin(self._take(size))

    def numbers(self, count: int, bits: int) -> Array:
        """See ``Reader``."""
        raw = np.frombuffer(self._take(count * (bits // 8)), dtype=f">u{bits // 8}")
        values: Array = raw.astype(np.float64)
        return values

    def rest(self) -> int:
        """See ``Reader``."""
        return len(self._body) - self._at


class BinaryWriter:
    """Values of CoLa B."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def uint(self, value: int, bits: int) -> None:
        """See ``Writer``."""
        require(value, 0, (1 << bits) - 1)
        self._parts.append(value.to_bytes(bits // 8, "big"))

    def sint(self, value: int, bits: int) -> None:
        """See ``Writer``."""
        half = 1 << (bits - 1)
        require(value, -half, half - 1)
        self._parts.append(value.to_bytes(bits // 8, "big", signed=True))

    def real(self, value: float) -> None:
        """See ``Writer``."""
        self._parts.append(struct.pack(">f", value))

    def text(self, value: str) -> None:
        """See ``Writer``."""
        self.uint(len(value), 16)
        self._parts.append(value.encode("latin-1"))

    def word(self, value: str) -> None:
        """See ``Writer``."""
        self._parts.append(value.encode("latin-1"))

    def numbers(self, values: Array, bits: int) -> None:
        """See ``Writer``."""
        if len(values):
            require(int(values.min()), 0, (1 << bits) - 1)
            require(int(values.max()), 0, (1 << bits) - 1)
        self._parts.append(values.astype(f">u{bits // 8}").tobytes())

    def body(self) -> bytes:
        """See ``Writer``."""
        return b"".join(self._parts)
