"""The records of an MCAP file (https://mcap.dev/spec), in chunks.

The writer of the ``mcap`` library takes five times as long for a message. Its classes encode all records but messages
and their indexes.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

import zstandard
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Attachment,
    AttachmentIndex,
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    Metadata,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)

MAGIC = b"\x89MCAP0\r\n"
LEVEL = 1
"""Level of zstd: level 3, the library's default, takes twice the time and saves 3 %."""
_MESSAGE = struct.Struct("<BQHIQQ")  # opcode, length, channel, sequence, log time, publish time; then the data
_MESSAGE_HEAD = _MESSAGE.size - 9  # opcode and length do not count
_MESSAGE_CODE = int(Opcode.MESSAGE)  # a member of an enumeration is looked up far slower
_MESSAGE_INDEX = struct.Struct("<BQHI")  # opcode, length, channel, bytes; then time and offset of each message
_FOOTER_START = struct.Struct("<BQQQ")  # the part of the footer that counts for the checksum of the summary


class Sink(Protocol):
    """The file below."""

    def write(self, data: bytes) -> int:
        """Write all of ``data``."""

    def tell(self) -> int:
        """Return the number of bytes so far."""


class McapFile:
    """One file that is written: messages collect in a chunk, all other records go to ``sink`` at once."""

    def __init__(self, sink: Sink, library: str) -> None:
        self._sink = sink
        self._schemas: list[Schema] = []
        self._channels: list[Channel] = []
        self._summary: dict[int, list[Any]] = {
            opcode: [] for opcode in (Opcode.CHUNK_INDEX, Opcode.ATTACHMENT_INDEX, Opcode.METADATA_INDEX)
        }
        self._counts: dict[int, int] = {}
        self._span = (0, 0)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._clear()
        self._sink.write(MAGIC + _encoded(Header(profile="", library=library)))

    def _clear(self) -> None:
        self._chunk = bytearray()
        self._places: defaultdict[int, list[int]] = defaultdict(list)  # time and offset of each message, by channel

    def register_schema(self, name: str, encoding: str, data: bytes) -> int:
        """Add a schema; return its number."""
        schema = Schema(id=len(self._schemas) + 1, data=data, encoding=encoding, name=name)
        self._schemas.append(schema)
        self._chunk += _encoded(schema)
        return schema.id

    def register_channel(self, topic: str, message_encoding: str, schema: int) -> int:
        """Add a channel; return its number."""
        number = len(self._channels) + 1
        channel = Channel(id=number, topic=topic, message_encoding=message_encoding, metadata={}, schema_id=schema)
        self._channels.append(channel)
        self._chunk += _encoded(channel)
        return number

    def add_messages(self, messages: Iterable[tuple[int, int, bytes]]) -> None:
        """Add messages to the chunk: channel, cell time (ns), data."""
        chunk, pack, places = self._chunk, _MESSAGE.pack, self._places
        for channel, time, data in messages:
            places[channel] += (time, len(chunk))
            chunk += pack(_MESSAGE_CODE, _MESSAGE_HEAD + len(data), channel, 0, time, time)
            chunk += data

    def add_metadata(self, name: str, data: dict[str, str]) -> None:
        """Write texts by key."""
        start, record = self._sink.tell(), _encoded(Metadata(name=name, metadata=data))
        self._sink.write(record)
        self._summary[Opcode.METADATA_INDEX].append(MetadataIndex(offset=start, length=len(record), name=name))

    def add_attachment(self, name: str, media_type: str, data: bytes) -> None:
        """Write an attached file."""
        facts: dict[str, Any] = {"create_time": 0, "log_time": 0, "name": name, "media_type": media_type}
        start, record = self._sink.tell(), _encoded(Attachment(data=data, **facts))
        self._sink.write(record)
        index = AttachmentIndex(offset=start, length=len(record), data_size=len(data), **facts)
        self._summary[Opcode.ATTACHMENT_INDEX].append(index)

    def flush(self) -> None:
        """Write the chunk; without a message it waits."""
        if not self._places:
            return
        times = [time for places in self._places.values() for time in places[::2]]
        first, last = min(times), max(times)
        facts: dict[str, Any] = {
            "compression": "zstd",
            "message_start_time": first,
            "message_end_time": last,
            "uncompressed_size": len(self._chunk),
        }
        data = self._compressor.compress(self._chunk)
        start = self._sink.tell()
        chunk = _encoded(Chunk(data=data, uncompressed_crc=zlib.crc32(self._chunk), **facts))
        offsets, indexes = {}, b""
        for channel, places in self._places.items():
            offsets[channel] = start + len(chunk) + len(indexes)
            size = 8 * len(places)
            indexes += _MESSAGE_INDEX.pack(Opcode.MESSAGE_INDEX, 6 + size, channel, size)
            indexes += struct.pack(f"<{len(places)}Q", *places)
            self._counts[channel] = self._counts.get(channel, 0) + len(places) // 2
        index = ChunkIndex(
            chunk_length=len(chunk), chunk_start_offset=start, compressed_size=len(data),
            message_index_length=len(indexes), message_index_offsets=offsets, **facts,
        )  # fmt: skip
        self._span = (min(self._span[0], first), max(self._span[1], last)) if self._any_chunk else (first, last)
        self._summary[Opcode.CHUNK_INDEX].append(index)
        self._clear()
        self._sink.write(chunk + indexes)

    @property
    def _any_chunk(self) -> bool:
        return bool(self._summary[Opcode.CHUNK_INDEX])

    def finish(self) -> None:
        """Write the last chunk, the summary and the footer."""
        self.flush()
        self._sink.write(_encoded(DataEnd(data_section_crc=0)))
        statistics = Statistics(
            attachment_count=len(self._summary[Opcode.ATTACHMENT_INDEX]), channel_count=len(self._channels),
            channel_message_counts=self._counts, chunk_count=len(self._summary[Opcode.CHUNK_INDEX]),
            message_count=sum(self._counts.values()), message_start_time=self._span[0], message_end_time=self._span[1],
            metadata_count=len(self._summary[Opcode.METADATA_INDEX]), schema_count=len(self._schemas),
        )  # fmt: skip
        groups: dict[int, list[Any]] = {
            Opcode.SCHEMA: list(self._schemas),
            Opcode.CHANNEL: list(self._channels),
            Opcode.STATISTICS: [statistics],
        }
        start, summary, offsets = self._sink.tell(), b"", b""
        for opcode, records in (groups | self._summary).items():
            data = b"".join(_encoded(record) for record in records)
            if data:
                at = SummaryOffset(group_opcode=opcode, group_start=start + len(summary), group_length=len(data))
                offsets += _encoded(at)
            summary += data
        footer = (start, start + len(summary))
        checksum = zlib.crc32(summary + offsets + _FOOTER_START.pack(Opcode.FOOTER, 20, *footer))
        end = Footer(summary_start=footer[0], summary_offset_start=footer[1], summary_crc=checksum)
        self._sink.write(summary + offsets + _encoded(end) + MAGIC)


def _encoded(record: Any) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    data: bytes = builder.end()  # type: ignore[no-untyped-call]
    return data
