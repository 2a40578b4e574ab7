"""Values in telegrams. CoLa A: words between blanks; CoLa B: big endian binary.

A number of CoLa A is hexadecimal, without a sign (negative ones as two's complement), or decimal behind + or -. A real
number is the eight hexadecimal digits of an IEEE 754 single. A text has its length before it (CoLa A: a number; CoLa B:
u16), and may hold blanks; a word has a fixed length and no number.
"""

from __future__ import annotations

from typing import Protocol

from cellkit.geometry import Array
from cellkit_sick.protocol.errors import BadValue, Sfa


class Reader(Protocol):
    """Reads values from the front of a telegram's body. Every method raises ``BadValue`` for a missing value."""

    def uint(self, bits: int) -> int:
        """Return a number without a sign."""

    def sint(self, bits: int) -> int:
        """Return a number with a sign."""

    def real(self) -> float:
        """Return a single."""

    def text(self) -> str:
        """Return a text with its length."""

    def word(self, size: int) -> str:
        """Return a text of a fixed length."""

    def numbers(self, count: int, bits: int) -> Array:
        """(count,) numbers without a sign."""

    def rest(self) -> int:
        """Return how much is left."""


class Writer(Protocol):
    """Puts values together; ``body`` is what came of it. Numbers that do not fit raise ``BadValue``."""

    def uint(self, value: int, bits: int) -> None:
        """Append a number without a sign."""

    def sint(self, value: int, bits: int) -> None:
        """Append a number with a sign."""

    def real(self, value: float) -> None:
        """Append a single-precision number."""

    def text(self, value: str) -> None:
        """Append a text with its length."""

    def word(self, value: str) -> None:
        """Append a text of a fixed length."""

    def numbers(self, values: Array, bits: int) -> None:
        """Numbers without a sign."""

    def body(self) -> bytes:
        """Return all of it."""


def require(value: int, low: int, high: int) -> None:
    """Raise ``BadValue`` for a number that does not fit."""
    if not low <= value <= high:
        raise BadValue(Sfa.OVERFLOW, f"{value} is not between {low} and {high}")


def latin(raw: bytes) -> str:
    """Return a text. Raises ``BadValue`` for control characters."""
    if any(byte < 0x20 or byte == 0x7F for byte in raw):
        raise BadValue(Sfa.BAD_CHARACTER, "a control character in a text", raw[:64])
    return raw.decode("latin-1")
