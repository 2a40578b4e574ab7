"""What a scanner says in an ``sFA`` telegram.

The numbers are the SOPAS error table as it stands in pysicktim 0.0.9; the words are ours.
"""

from __future__ import annotations

from enum import IntEnum

from cellkit.errors import ProtocolError

VENDOR = "SICK"


class Sfa(IntEnum):
    """Numbers of an ``sFA`` telegram that are used here by name."""

    METHOD_DENIED = 0x1
    UNKNOWN_METHOD = 0x2
    UNKNOWN_VARIABLE = 0x3
    CONDITION_FAILED = 0x4
    TOO_MUCH = 0x7
    TOO_LITTLE = 0x8
    WRITE_DENIED = 0xA
    UNKNOWN_BY_NAME = 0xB
    UNKNOWN_COMMAND = 0xC
    UNKNOWN_EVENT = 0xF
    OVERFLOW = 0x10
    BAD_CHARACTER = 0x11


TEXTS = {
    0x01: "the user level does not allow this method",
    0x02: "no such method",
    0x03: "no such variable",
    0x04: "a local condition is not met, or a value is outside its limits",
    0x05: "invalid data",
    0x06: "unknown error",
    0x07: "more data than the buffer holds",
    0x08: "less data than expected",
    0x09: "a variable of an unknown type",
    0x0A: "the variable must not be written",
    0x0B: "no such command by name",
    0x0C: "no such CoLa command",
    0x0D: "busy with another command",
    0x0E: "beyond the end of an array",
    0x0F: "no such event",
    0x10: "a value that does not fit into its field",
    0x11: "a character that has no place there",
    0x12: "no message of the operating system (read)",
    0x13: "no message of the operating system (write)",
    0x14: "an internal error",
    0x15: "a hub address that is too short or too long",
    0x16: "a hub address that cannot be read",
    0x17: "too many hubs in an address",
    0x18: "a hub address without the blank behind it",
    0x19: "asynchronous methods are suppressed",
    0x1A: "nested arrays are not supported",
}


def explain(code: int) -> str:
    """Return number and words of an ``sFA`` telegram."""
    words = TEXTS.get(code, "not in the vendor's table")
    return f"sFA {code:X}: {words}"


class BadValue(ProtocolError):
    """Values that are not those of the command; ``code`` is what the vendor's scanners answer."""

    def __init__(self, code: Sfa, message: str, data: bytes = b"") -> None:
        super().__init__(VENDOR, message, data=data)
        self.code = code
