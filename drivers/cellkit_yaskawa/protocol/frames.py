"""One datagram: a header of 32 bytes, then up to 479 bytes of data. All numbers are little endian.

The first 24 bytes are alike in both directions. The last 8, the sub-header, differ: a request names command,
instance, attribute and service, an answer has service, status and added status. What a client sends within a file
transfer (data and acknowledgements) has the request's sub-header too, and ``ack`` set.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cellkit.errors import ProtocolError

IDENTIFIER = b"YERC"
HEADER_SIZE = 0x20
LARGEST_DATA = 0x1DF
LAST_BLOCK = 0x8000_0000
ROBOT, FILE = 1, 2
"""Processing divisions; each has a port of its own."""
ANSWERED = 0x80
"""Added to the service in an answer."""
SERVER = "High-Speed Ethernet Server"

_COMMON = struct.Struct("<4sHHBBBBI8s")
_ASKED = struct.Struct("<HHBBxx")
_ANSWER = struct.Struct("<BBBxHH")
_RESERVED_1 = 0x03
_RESERVED_2 = b"99999999"


class FrameError(ProtocolError):
    """A datagram that is none of this protocol. ``added`` is the status code for it, 0 where no answer is due."""

    def __init__(self, message: str, data: bytes, added: int = 0) -> None:
        super().__init__(SERVER, message, data=data)
        self.added = added


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. ``block`` and ``ack`` matter in file transfers only."""

    command: int
    instance: int
    attribute: int
    service: int
    data: bytes = b""
    request_id: int = 0
    division: int = ROBOT
    block: int = 0
    ack: int = 0

    def encode(self) -> bytes:
        """Encode the datagram. Raises ``ValueError`` for too much data or a number beyond its field."""
        sub_header = _packed(_ASKED, self.command, self.instance, self.attribute, self.service)
        return _header(self.division, self.ack, self.request_id, self.block, len(self.data)) + sub_header + self.data


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends. ``service`` is that of the request; ``status`` 0 is success."""

    service: int
    status: int = 0
    added: int = 0
    data: bytes = b""
    request_id: int = 0
    division: int = ROBOT
    block: int = LAST_BLOCK
    added_size: int | None = None
    """Size of the added status in words of 16 bits; None: as many as it needs."""

    def encode(self) -> bytes:
        """Encode the datagram. Raises ``ValueError`` for too much data or a number beyond its field."""
        low, high = self.added & 0xFFFF, self.added >> 16
        size = (2 if high else 1 if low else 0) if self.added_size is None else self.added_size
        sub_header = _packed(_ANSWER, self.service | ANSWERED, self.status, size, low, high)
        return _header(self.division, 1, self.request_id, self.block, len(self.data)) + sub_header + self.data


def _header(division: int, ack: int, request_id: int, block: int, size: int) -> bytes:
    if size > LARGEST_DATA:
        raise ValueError(f"{size} bytes of data; {LARGEST_DATA} is the most")
    return _packed(_COMMON, IDENTIFIER, HEADER_SIZE, size, _RESERVED_1, division, ack, request_id, block, _RESERVED_2)


def _packed(layout: struct.Struct, *values: int | bytes) -> bytes:
    try:
        return layout.pack(*values)
    except struct.error as error:
        raise ValueError(f"a number beyond its field: {error}") from None


def _opened(datagram: bytes, division: int) -> tuple[int, int, int, bytes]:
    """ACK, request id, block number and data of a datagram whose common header is right."""
    if len(datagram) < HEADER_SIZE:
        raise FrameError(f"{len(datagram)} bytes, less than a header", datagram)
    identifier, header_size, size, _, found, ack, request_id, block, _ = _COMMON.unpack_from(datagram)
    if identifier != IDENTIFIER:
        raise FrameError("the datagram does not begin with YERC", datagram)
    if header_size != HEADER_SIZE:
        raise FrameError(f"a header of {header_size} bytes", datagram, 0xE4A5)
    if size > LARGEST_DATA:
        raise FrameError(f"{size} bytes of data announced", datagram, 0xE49E)
    if size != len(datagram) - HEADER_SIZE:
        raise FrameError(f"{size} bytes of data announced, {len(datagram) - HEADER_SIZE} came", datagram, 0xE4A7)
    if found != division:
        raise FrameError(f"processing division {found} on the port of division {division}", datagram, 0xE4A3)
    if ack not in (0, 1):
        raise FrameError(f"ACK is {ack}", datagram, 0xE4A2)
    return ack, request_id, block, datagram[HEADER_SIZE:]


def decode_request(datagram: bytes, division: int = ROBOT) -> Request:
    """Decode a client's datagram to the port of ``division``. Raises ``FrameError``."""
    ack, request_id, block, data = _opened(datagram, division)
    if division == ROBOT and ack:
        raise FrameError("an answer, where requests are awaited", datagram, 0xE4A2)
    if not ack and block:
        raise FrameError(f"a request with block number {block}", datagram, 0xE4A1)
    command, instance, attribute, service = _ASKED.unpack_from(datagram, _COMMON.size)
    return Request(command, instance, attribute, service, data, request_id, division, block, ack)


def decode_answer(datagram: bytes, division: int = ROBOT) -> Answer:
    """Decode a server's datagram from the port of ``division``. Raises ``FrameError``."""
    ack, request_id, block, data = _opened(datagram, division)
    if not ack:
        raise FrameError("a request, where answers are awaited", datagram)
    service, status, size, low, high = _ANSWER.unpack_from(datagram, _COMMON.size)
    if not service & ANSWERED:
        raise FrameError(f"service 0x{service:02X} is no answer's", datagram)
    if size > 2:
        raise FrameError(f"an added status of {size} words", datagram)
    added = (low if size else 0) | (high << 16 if size == 2 else 0)
    return Answer(service & ~ANSWERED, status, added, data, request_id, division, block, size)
