"""Values of CoLa A (see ``values``)."""

from __future__ import annotations

import re
import struct

import numpy as np
from typing_extensions import override

from cellkit.geometry import Array
from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.values import Reader, Writer, latin, require

HEX_DIGITS = b"0123456789ABCDEFabcdef"
_NUMBER = re.compile(rb"([+-]\d{1,10})|([0-9A-Fa-f]{1,8})")


class TextReader(Reader):
    """Values of CoLa A."""

    def __init__(self, body: bytes) -> None:
        self._tokens = body.split(b" ") if body else []
        self._at = 0

    def _next(self) -> bytes:
        if self._at >= len(self._tokens):
            raise BadValue(Sfa.TOO_LITTLE, "a value is missing", b" ".join(self._tokens)[-64:])
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _number(self) -> tuple[int, bool]:
        """Return a number, and whether it had a sign."""
        token = self._next()
        found = _NUMBER.fullmatch(token)
        if found is None:
            # What is all digits is a number, but too long a one.
            long = bool(token.strip(b"+-")) and not token.lstrip(b"+-").translate(None, HEX_DIGITS)
            code = Sfa.OVERFLOW if long else Sfa.BAD_CHARACTER
            raise BadValue(code, f"{token[:16]!r} is no number", _shown(token))
        signed, digits = found.groups()
        return (int(digits, 16), False) if signed is None else (int(signed), True)

    @override
    def uint(self, bits: int) -> int:
        value, _ = self._number()
        require(value, 0, (1 << bits) - 1)
        return value

    @override
    def sint(self, bits: int) -> int:
        value, signed = self._number()
        half = 1 << (bits - 1)
        if not signed:
            require(value, 0, 2 * half - 1)
            return value - 2 * half if value >= half else value
        require(value, -half, half - 1)
        return value

    @override
    def real(self) -> float:
        token = self._next()
        if len(token) != 8 or token.translate(None, HEX_DIGITS):
            raise BadValue(Sfa.BAD_CHARACTER, f"{token[:16]!r} is no single in hexadecimal digits", _shown(token))
        value: float = struct.unpack(">f", bytes.fromhex(token.decode()))[0]
        return value

    @override
    def text(self) -> str:
        size = self.uint(16)
        if size == 0:
            # Some write the empty text behind its blank, some leave both out.
            if self._at < len(self._tokens) and not self._tokens[self._at]:
                self._at += 1
            return ""
        found = self._next()
        while len(found) < size:
            found += b" " + self._next()
        if len(found) > size:
            raise BadValue(Sfa.TOO_MUCH, f"a text of more than its {size} characters", found[:64])
        return latin(found)

    @override
    def word(self, size: int) -> str:
        token = self._next()
        if len(token) != size:
            raise BadValue(Sfa.BAD_CHARACTER, f"{token[:16]!r} has not {size} characters", _shown(token))
        return latin(token)

    @override
    def numbers(self, count: int, bits: int) -> Array:
        chunk = self._tokens[self._at : self._at + count]
        if len(chunk) < count:
            raise BadValue(Sfa.TOO_LITTLE, f"{len(chunk)} numbers of {count}", b" ".join(chunk)[-64:])
        if b"" in chunk or b"".join(chunk).translate(None, HEX_DIGITS):
            raise BadValue(Sfa.BAD_CHARACTER, "numbers that are not hexadecimal", _shown(b" ".join(chunk)))
        self._at += count
        values = [int(token, 16) for token in chunk]
        if count and max(values) >= 1 << bits:  # before numpy, which has no float for a number of 300 digits
            raise BadValue(Sfa.OVERFLOW, f"0x{max(values):X} does not fit into {bits} bits"[:100])
        return np.array(values, dtype=np.float64)

    @override
    def rest(self) -> int:
        return len(self._tokens) - self._at


class TextWriter(Writer):
    """Values of CoLa A, as scanners write them: hexadecimal without leading zeros."""

    def __init__(self) -> None:
        self._tokens: list[bytes] = []

    @override
    def uint(self, value: int, bits: int) -> None:
        require(value, 0, (1 << bits) - 1)
        self._tokens.append(b"%X" % value)

    @override
    def sint(self, value: int, bits: int) -> None:
        half = 1 << (bits - 1)
        require(value, -half, half - 1)
        self._tokens.append(b"%X" % (value if value >= 0 else value + 2 * half))

    @override
    def real(self, value: float) -> None:
        self._tokens.append(struct.pack(">f", value).hex().upper().encode())

    @override
    def text(self, value: str) -> None:
        self.uint(len(value), 16)
        if value:
            self._tokens.append(value.encode("latin-1"))

    @override
    def word(self, value: str) -> None:
        self._tokens.append(value.encode("latin-1"))

    @override
    def numbers(self, values: Array, bits: int) -> None:
        if len(values):
            require(int(values.min()), 0, (1 << bits) - 1)
            require(int(values.max()), 0, (1 << bits) - 1)
        self._tokens += [b"%X" % value for value in values.astype(np.int64).tolist()]

    @override
    def body(self) -> bytes:
        return b" ".join(self._tokens)


def _shown(token: bytes) -> bytes:
    """Return the bytes of an error: an empty value is the blank behind it."""
    return token[:64] or b" "
