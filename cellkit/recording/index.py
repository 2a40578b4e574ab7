"""Where every message stands in an MCAP file, found without its summary: a file that was cut off has none.

One pass over the file unpacks each chunk and notes where its messages are; what they hold is read when it is asked for.
"""

from __future__ import annotations

import io
import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Chunk, Metadata, Schema
from mcap.stream_reader import get_chunk_data_stream
from zstandard import ZstdError

from cellkit.errors import ConfigError

MAGIC = b"\x89MCAP0\r\n"
CHUNK_MOST = 1 << 28
"""Bytes that a chunk may have when it is unpacked."""
_HEADER = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<HIQQ")  # channel, sequence, log time, publish time; then the data
_KEPT = 8  # unpacked chunks
_DAMAGE = (McapError, struct.error, ValueError, EOFError, RuntimeError, MemoryError, ZstdError)

Place = tuple[int, int, int]
"""Where a message's data are: position of the chunk in the file (-1: none), offset in it (or in the file), length."""


@dataclass
class Entries:
    """The messages of one channel, in the order of the file: log times in ns, and where each stands."""

    times: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


class Index:
    """``complete``: the file was closed in order. If not, everything up to its last whole chunk is here."""

    def __init__(self, file: Path) -> None:
        """Raises ``ConfigError`` for a file that cannot be read or is no MCAP file."""
        self.file = file
        self.complete = False
        self.schemas: dict[int, Schema] = {}
        self.channels: dict[int, Channel] = {}
        self.entries: dict[int, Entries] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.attachments: dict[str, bytes] = {}
        self._unpacked: OrderedDict[int, bytes] = OrderedDict()
        try:
            self._stream = file.open("rb")
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
        try:
            if self._stream.read(len(MAGIC)) != MAGIC:
                raise ConfigError("is no MCAP file", file=file)
            self._scan()
        except OSError as error:
            self._stream.close()
            raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
        except ConfigError:
            self._stream.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def message(self, place: Place) -> bytes:
        """The data of one message. Raises ``ConfigError`` for a file that has changed since it was opened."""
        chunk, offset, length = place
        try:
            if chunk < 0:
                return self._read(offset, length)
            if chunk not in self._unpacked:
                _, size = _HEADER.unpack(self._read(chunk, _HEADER.size))
                self._unpack(chunk, self._read(chunk + _HEADER.size, size))
            self._unpacked.move_to_end(chunk)
            return self._unpacked[chunk][offset : offset + length]
        except (*_DAMAGE, OSError):
            raise ConfigError("has changed while it was read", file=self.file) from None

    def _scan(self) -> None:
        """Take in record after record, up to the end or to where the file is cut off or damaged."""
        size = self._stream.seek(0, io.SEEK_END)
        position = len(MAGIC)
        try:
            while True:
                code, length = _HEADER.unpack(self._read(position, _HEADER.size))
                if length > size - position - _HEADER.size:
                    return
                if code == Opcode.DATA_END:
                    self.complete = self._read(size - len(MAGIC), len(MAGIC)) == MAGIC
                    return
                if code == Opcode.CHUNK:
                    data = self._unpack(position, self._read(position + _HEADER.size, length))
                    for inner, offset, inner_length in _records(data):
                        self._record(inner, data[offset : offset + inner_length], (position, offset))
                elif code != Opcode.MESSAGE_INDEX:
                    start = position + _HEADER.size
                    self._record(code, self._read(start, length), (-1, start))
                position += _HEADER.size + length
        except _DAMAGE:
            return

    def _record(self, code: int, data: bytes, at: tuple[int, int]) -> None:
        stream = ReadDataStream(io.BytesIO(data))
        if code == Opcode.MESSAGE:
            channel, _, time, _ = _MESSAGE.unpack_from(data)
            entries = self.entries.setdefault(channel, Entries())
            entries.times.append(time)
            entries.places.append((at[0], at[1] + _MESSAGE.size, len(data) - _MESSAGE.size))
        elif code == Opcode.SCHEMA:
            schema = Schema.read(stream)
            self.schemas[schema.id] = schema
        elif code == Opcode.CHANNEL:
            channel_record = Channel.read(stream)
            self.channels[channel_record.id] = channel_record
        elif code == Opcode.METADATA:
            metadata = Metadata.read(stream)
            self.metadata[metadata.name] = dict(metadata.metadata)
        elif code == Opcode.ATTACHMENT:
            attachment = Attachment.read(stream)
            self.attachments[attachment.name] = attachment.data

    def _unpack(self, position: int, data: bytes) -> bytes:
        chunk = Chunk.read(ReadDataStream(io.BytesIO(data)))
        if chunk.uncompressed_size > CHUNK_MOST:
            raise ValueError("a chunk is larger than anything that is read at once")
        stream, length = get_chunk_data_stream(chunk, validate_crc=True)
        unpacked = self._unpacked[position] = stream.read(length)
        while len(self._unpacked) > _KEPT:
            self._unpacked.popitem(last=False)
        return unpacked

    def _read(self, position: int, length: int) -> bytes:
        self._stream.seek(position)
        data = self._stream.read(length)
        if len(data) < length:
            raise EOFError
        return data


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Opcode, offset and length of what every record in a chunk holds."""
    position = 0
    while position < len(data):
        code, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if position + length > len(data):
            raise EOFError
        yield code, position, length
        position += length
