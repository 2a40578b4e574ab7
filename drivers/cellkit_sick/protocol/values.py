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
    """Takes values off the front of a telegram's body. Everything raises ``BadValue`` for what is not there."""

    def uint(self, bits: int) -> int:
        """A number without a sign."""

    def sint(self, bits: int) -> int:
        """A number with a sign."""

    def real(self) -> float:
        """A single."""

    def text(self) -> str:
        """A text with its length."""

    def word(self, size: int) -> str:
        """A text of a fixed length."""

    def numbers(self, count: int, bits: int) -> Array:
        """(count,) numbers without a sign."""

    def rest(self) -> int:
        """How much is left."""


class Writer(Protocol):
    """Puts values together; ``body`` is what came of it. Numbers that do not fit raise ``BadValue``."""

    def uint(self, value: int, bits: int) -> None:
        """A number without a sign."""

    def sint(self, value: int, bits: int) -> None:
        """A number with a sign."""

    def real(self, value: float) -> None:
        """A single."""

    def text(self, value: str) -> None:
        """A text with its length."""

    def word(self, value: str) -> None:
        """A text of a fixed length."""

    def numbers(self, values: Array, bits: int) -> None:
        """Numbers without a sign."""

    def body(self) -> bytes:
        """All of it."""


def require(value: int, low: int, high: int) -> None:
    """Raises ``BadValue`` for a number that does not fit."""
    if not low <= value <= high:
        raise BadValue(Sfa.OVERFLOW, f"{value} is not between {low} and {high}")


def latin(raw: bytes) -> str:
    """A text. Raises ``BadValue`` for control characters."""
    if any(byte < 0x20 or byte == 0x7F for byte in raw):
        raise BadValue(Sfa.BAD_CHARACTER, "a control character in a text", raw[:64])
    return raw.decode("latin-1")
