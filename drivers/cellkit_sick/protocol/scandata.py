"""The telegram with a scan, ``LMDscandata``.

Fields as in the technical information of the TiM55x/56x/57x (chapter 5.3, 8015883/YZK8/2016-07-07), the operating
instructions of the LMS4000 (table 17) and ``sick_lmd_scandata_parser.cpp`` of SICKAG/sick_scan_xd (commit 2d47966).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cellkit.errors import ProtocolError
from cellkit.geometry import Array
from cellkit_sick.protocol.errors import VENDOR, BadValue, Sfa
from cellkit_sick.protocol.telegrams import Dialect
from cellkit_sick.protocol.values import Reader, Writer

DISTANCE = "DIST1"
MOST_CHANNELS = 16
MOST_ENCODERS = 4
STATUS_ERROR, STATUS_CONTAMINATION, STATUS_CONTAMINATION_ERROR = 1, 2, 5
"""Second byte of the device status: 1 error, 2 contamination warning, 5 contamination error."""

FIRST_DISTANCE = 16
"""Smaller ones are no distances. 0: no target, too dark, too close or too far, or filtered; 1: dazzled (operating
instructions of the LMS4000, "LMDscandata - reserved values")."""


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One row of measurements. Value k is ``scale * counts[k] + offset``, at ``start + k * step`` (1/10000 deg).

    The vendor's 0 deg is to the right of the scanner, 90 deg forwards. Distances are in mm.
    """

    content: str
    counts: Array
    start: int
    step: int
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Encoder:
    """Position (ticks) and speed (mm/s) of an encoder."""

    position: int
    speed: int


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Date and time of day of the scanner's clock."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int


@dataclass(frozen=True, slots=True, eq=False)
class ScanData:
    """One turn. Counters have 16 bits; ``started`` and ``sent`` are µs since the power came on and have 32.

    ``frequency`` in 1/100 Hz, ``measurements`` (beams a second all around) in 100 Hz.
    """

    serial: int
    telegrams: int
    scans: int
    started: int
    sent: int
    frequency: int
    measurements: int
    wide: tuple[Channel, ...]
    narrow: tuple[Channel, ...] = ()
    status: tuple[int, int] = (0, 0)
    inputs: tuple[int, int] = (0, 0)
    outputs: tuple[int, int] = (0, 0)
    encoders: tuple[Encoder, ...] = ()
    position: tuple[float, ...] = ()
    name: str | None = None
    comment: str | None = None
    time: Timestamp | None = None
    version: int = 1
    device: int = 1
    layer: int = 0
    channels: dict[str, Channel] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", {one.content: one for one in (*self.narrow, *self.wide)})


def decode_scan(dialect: Dialect, body: bytes) -> ScanData:
    """Return a scan. Raises ``ProtocolError`` with the bytes."""
    try:
        return _decode(dialect.reader(body))
    except BadValue as error:
        raise ProtocolError(VENDOR, f"a scan that is none: {error.message}", data=body[:256]) from None


def _decode(reader: Reader) -> ScanData:
    uint = reader.uint
    version, device, serial = uint(16), uint(16), uint(32)
    status = uint(8), uint(8)
    telegrams, scans, started, sent = uint(16), uint(16), uint(32), uint(32)
    inputs, outputs = (uint(8), uint(8)), (uint(8), uint(8))
    layer, frequency, measurements = uint(16), uint(32), uint(32)
    encoders = tuple(Encoder(uint(32), uint(16)) for _ in range(_count(reader, MOST_ENCODERS)))
    wide = tuple(_channel(reader, 16) for _ in range(_count(reader, MOST_CHANNELS)))
    narrow = tuple(_channel(reader, 8) for _ in range(_count(reader, MOST_CHANNELS)))
    position: tuple[float, ...] = ()
    if _count(reader, 1):
        position = (*(reader.real() for _ in range(6)), float(uint(8)))
    name = reader.text() if _count(reader, 1) else None
    comment = reader.text() if _count(reader, 1) else None
    time = None
    if _count(reader, 1):
        time = Timestamp(uint(16), uint(8), uint(8), uint(8), uint(8), uint(8), uint(32))
    if uint(16) == 0 and reader.rest():
        raise BadValue(Sfa.TOO_MUCH, "something behind the end of a scan")
    return ScanData(
        serial, telegrams, scans, started, sent, frequency, measurements, wide, narrow, status, inputs, outputs,
        encoders, position, name, comment, time, version, device, layer,
    )  # fmt: skip


def _count(reader: Reader, most: int) -> int:
    count = reader.uint(16)
    if count > most:
        raise BadValue(Sfa.OVERFLOW, f"{count} where at most {most} can be")
    return count


def _channel(reader: Reader, bits: int) -> Channel:
    content, scale, offset = reader.word(5), reader.real(), reader.real()
    start, step, count = reader.sint(32), reader.uint(16), reader.uint(16)
    return Channel(content, reader.numbers(count, bits), start, step, scale, offset)


def encode_scan(dialect: Dialect, scan: ScanData) -> bytes:
    """Return a scan, as the body of a telegram. Raises ``BadValue`` for what does not fit."""
    writer = dialect.writer()
    for value, bits in (
        (scan.version, 16), (scan.device, 16), (scan.serial, 32), (scan.status[0], 8), (scan.status[1], 8),
        (scan.telegrams, 16), (scan.scans, 16), (scan.started, 32), (scan.sent, 32), (scan.inputs[0], 8),
        (scan.inputs[1], 8), (scan.outputs[0], 8), (scan.outputs[1], 8), (scan.layer, 16), (scan.frequency, 32),
        (scan.measurements, 32), (len(scan.encoders), 16),
    ):  # fmt: skip
        writer.uint(value, bits)
    for encoder in scan.encoders:
        writer.uint(encoder.position, 32)
        writer.uint(encoder.speed, 16)
    for channels, bits in ((scan.wide, 16), (scan.narrow, 8)):
        writer.uint(len(channels), 16)
        for channel in channels:
            _write_channel(writer, channel, bits)
    writer.uint(int(bool(scan.position)), 16)
    if scan.position:
        for number in scan.position[:6]:
            writer.real(number)
        writer.uint(int(scan.position[6]), 8)
    for text in (scan.name, scan.comment):
        writer.uint(int(text is not None), 16)
        if text is not None:
            writer.text(text)
    _write_time(writer, scan.time)
    writer.uint(0, 16)
    return writer.body()


def _write_channel(writer: Writer, channel: Channel, bits: int) -> None:
    writer.word(channel.content)
    writer.real(channel.scale)
    writer.real(channel.offset)
    writer.sint(channel.start, 32)
    writer.uint(channel.step, 16)
    writer.uint(len(channel.counts), 16)
    writer.numbers(np.asarray(channel.counts), bits)


def _write_time(writer: Writer, time: Timestamp | None) -> None:
    writer.uint(int(time is not None), 16)
    if time is not None:
        parts = (time.year, time.month, time.day, time.hour, time.minute, time.second, time.microsecond)
        for value, bits in zip(parts, (16, 8, 8, 8, 8, 8, 32), strict=True):
            writer.uint(value, bits)
