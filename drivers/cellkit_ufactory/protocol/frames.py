"""Frames of the control port (502): the header of Modbus TCP, with the vendor's own protocol numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from cellkit.errors import ProtocolError

MODBUS, HEARTBEAT, PRIVATE, PRIVATE_ALIVE = 0, 1, 2, 3
"""Protocol numbers: standard Modbus, a heartbeat that is never answered, the vendor's own, the same with keep-alive."""
PROTOCOLS = frozenset((MODBUS, HEARTBEAT, PRIVATE, PRIVATE_ALIVE))
HEARTBEAT_FRAME = bytes((0, 0, 0, 1, 0, 2, 0, 0))
FEEDBACK = 0xFF
"""Function of an unsolicited frame of the controller; it bears the transaction of the command it reports."""
LARGEST = 1024
"""Greatest number of bytes after the length field that either side accepts; the SDK's receive buffer."""

_HEADER = struct.Struct(">HHHB")


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. ``function`` is the unit id in standard Modbus; ``body`` is the part after it.

    A private request's body is its parameters, a private reply's is the state byte and data.
    """

    transaction: int
    protocol: int
    function: int
    body: bytes = b""

    def encode(self) -> bytes:
        """Return the frame as bytes."""
        return _HEADER.pack(self.transaction, self.protocol, len(self.body) + 1, self.function) + self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """The body of a private reply: state byte and data."""

    state: int
    data: bytes = b""

    @classmethod
    def of(cls, frame: Frame) -> Reply:
        """Decode a reply. Raises ``ProtocolError`` for a frame without a state byte."""
        if not frame.body:
            raise ProtocolError("ufactory", "a reply has no state byte", data=frame.encode())
        return cls(frame.body[0], frame.body[1:])

    @property
    def not_ready(self) -> bool:
        """Whether the arm cannot move: not enabled, stopped, or reset since."""
        return bool(self.state & NOT_READY)

    @property
    def invalid(self) -> bool:
        """Whether the command failed."""
        return bool(self.state & INVALID)

    @property
    def warning(self) -> bool:
        """Whether a warning is pending."""
        return bool(self.state & WARNING)

    @property
    def error(self) -> bool:
        """Whether an error is pending."""
        return bool(self.state & ERROR)


INVALID, NOT_READY, WARNING, ERROR = 0x08, 0x10, 0x20, 0x40
"""Bits of the state byte. Bit 3 is "reserved" in the manual; the SDK takes it for a failed command."""


class FeedbackKind(IntFlag):
    """Kinds of reports that a client can request (function 254)."""

    START = 1
    FINISH = 2
    TRIGGER = 4
    OTHER_START = 32
    OTHER_FINISH = 64


class FeedbackResult(IntEnum):
    """Result of a command."""

    SUCCESS = 0
    FAILURE = 1
    DISCARDED = 2


@dataclass(frozen=True, slots=True)
class Feedback:
    """An unsolicited report of a command: ``kind`` is a bit of the mask of function 254, ``result`` its outcome."""

    kind: int
    result: int

    def frame(self, transaction: int, protocol: int = PRIVATE) -> Frame:
        """Return the report as a frame: the kind is its byte 8, the result byte 12."""
        return Frame(transaction, protocol, FEEDBACK, bytes((0, self.kind, 0, 0, 0, self.result)))

    @classmethod
    def of(cls, frame: Frame) -> Feedback:
        """Decode a report. Raises ``ProtocolError`` for a frame that is too short."""
        if len(frame.body) < 6:
            raise ProtocolError("ufactory", "a feedback frame is too short", data=frame.encode())
        return cls(frame.body[1], frame.body[5])


class FrameReader:
    """Reader that finds frames in a stream of bytes, split or merged in any way; it stores at most one frame."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete now.

        Raises ``ProtocolError`` for an unknown protocol number and for a length that no frame has; the stream cannot be
        read from there on.
        """
        self._held += data
        held, start, frames = self._held, 0, []
        while len(held) - start >= 6:
            protocol, length = (held[start + 2] << 8) | held[start + 3], (held[start + 4] << 8) | held[start + 5]
            if protocol not in PROTOCOLS or not 1 <= length <= LARGEST:
                raise ProtocolError(
                    "ufactory",
                    f"not a frame: protocol {protocol}, length {length}",
                    data=bytes(held[start : start + 64]),
                )
            end = start + 6 + length
            if len(held) < end:
                break
            transaction, protocol, _, function = _HEADER.unpack_from(held, start)
            frames.append(Frame(transaction, protocol, function, bytes(held[start + 7 : end])))
            start = end
        del held[:start]
        return frames
