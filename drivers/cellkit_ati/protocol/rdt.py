"""Raw Data Transfer: requests of 8 bytes to the box, records of 36 bytes from it, all big-endian.

Layout and commands: ATI manual 9620-05-NET FT, chapter "UDP Interface Using RDT"; the Axia's (9620-05-C-Ethernet Axia)
is the same with fewer commands.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from cellkit.errors import ProtocolError

HEADER = 0x1234
EXTENDED = 0x8000
"""Set in the command of a request that names where the records are to be sent."""
FOREVER = 0
"""Sample count of a stream that ends only when it is stopped."""
MOST_RECORDS = 40
"""Records of one datagram in buffered mode (``comrdtbsiz``)."""
_REQUEST = struct.Struct(">HHI")
_TARGET = struct.Struct(">4BH")
_RECORD = struct.Struct(">III6i")
RECORD_SIZE = _RECORD.size
_LEAST, _MOST = -(2**31), 2**31 - 1


class Command(IntEnum):
    """What a box can be asked."""

    STOP = 0x0000
    START_SINGLE = 0x0001
    """Another word for ``START``, of an Axia only."""
    START = 0x0002
    """High-speed real-time streaming: a datagram a record."""
    START_BUFFERED = 0x0003
    START_MULTI_UNIT = 0x0004
    RESET_LATCH = 0x0041
    """Forget the threshold (monitor condition) that was crossed."""
    BIAS = 0x0042
    """Take the present load as zero."""


@dataclass(frozen=True, slots=True)
class Request:
    """``command`` as sent; ``count`` samples, 0: until stopped. ``target``: host and port, of an extended request."""

    command: int
    count: int = FOREVER
    target: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One sample: forces along x, y, z and torques about x, y, z in ``counts``.

    ``rdt_sequence`` numbers the records of one stream from 1 on, ``ft_sequence`` the samples that the box has taken
    since it was switched on; both roll over.
    """

    rdt_sequence: int
    ft_sequence: int
    status: int
    counts: tuple[int, int, int, int, int, int]


def encode_request(request: Request) -> bytes:
    """Encode a request."""
    if request.target is None:
        return _REQUEST.pack(HEADER, request.command, request.count)
    host, port = request.target
    where = _TARGET.pack(*(int(part) for part in host.split(".")), port)
    return _REQUEST.pack(HEADER, request.command | EXTENDED, request.count) + where


def decode_request(datagram: bytes) -> Request:
    """Decode a request with any command. Raises ``ProtocolError`` for another size or header."""
    size = len(datagram)
    if size not in (_REQUEST.size, _REQUEST.size + _TARGET.size):
        raise ProtocolError("rdt", f"a request of {size} bytes", data=datagram)
    header, command, count = _REQUEST.unpack_from(datagram)
    if header != HEADER:
        raise ProtocolError("rdt", f"a request begins with {header:#06x}, not {HEADER:#06x}", data=datagram)
    if (size > _REQUEST.size) is not bool(command & EXTENDED):
        raise ProtocolError("rdt", f"command {command:#06x} in {size} bytes", data=datagram)
    if not command & EXTENDED:
        return Request(command, count)
    *parts, port = _TARGET.unpack_from(datagram, _REQUEST.size)
    return Request(command & ~EXTENDED, count, (".".join(map(str, parts)), port))


def encode_record(record: Record) -> bytes:
    """Encode a record; counts beyond 32 bits are limited to the range."""
    limited = [min(_MOST, max(_LEAST, count)) for count in record.counts]
    return _RECORD.pack(record.rdt_sequence, record.ft_sequence, record.status, *limited)


def decode_records(datagram: bytes) -> list[Record]:
    """Return the records of a datagram, oldest first.

    Raises ``ProtocolError`` for a size that is not that of 1 to 40.
    """
    size = len(datagram)
    if size == 0 or size % RECORD_SIZE or size > MOST_RECORDS * RECORD_SIZE:
        raise ProtocolError("rdt", f"a datagram of {size} bytes is no record", data=datagram)
    found = []
    for rdt, ft, status, fx, fy, fz, tx, ty, tz in _RECORD.iter_unpack(datagram):
        found.append(Record(rdt, ft, status, (fx, fy, fz, tx, ty, tz)))
    return found
