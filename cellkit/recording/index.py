"""The index of an MCAP file: the place of every message. It does not need the file's summary, which a cut file lacks.

One pass over the file unpacks each chunk and stores the places of its messages; their data are read on request.
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
from cellkit.inputfile import open_input
from cellkit.recording.mcap_file import MAGIC

MAX_CHUNK = 1 << 28
"""Largest size of an unpacked chunk, in bytes."""
_HEADER = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<HIQQ")  # channel, sequence, log time, publish time; then the data
_CACHED = 8  # unpacked chunks
_DAMAGE = (McapError, struct.error, ValueError, EOFError, RuntimeError, MemoryError, ZstdError)

Place = tuple[int, int, int]
"""Place of a message's data: position of its chunk in the file (-1: none), offset in it (or in the file), length."""


@dataclass
class Entries:
    """The messages of one channel in the order of the file: log times in ns, and places."""

    times: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


class Index:
    """The index of one file. ``complete``: it was closed properly; if not, it is read up to its last whole chunk."""

    def __init__(self, file: Path) -> None:
        """Open and scan the file. Raises ``ConfigError`` if it cannot be read or is not an MCAP file."""
        self.file = file
        self.complete = False
        self.schemas: dict[int, Schema] = {}
        self.channels: dict[int, Channel] = {}
        self.entries: dict[int, Entries] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.attachments: dict[str, bytes] = {}
        self._unpacked: OrderedDict[int, bytes] = OrderedDict()
        self._stream = open_input(file, "a recording")
        try:
            if self._stream.read(len(MAGIC)) != MAGIC:
                raise ConfigError("not an MCAP file", file=file)
            self._scan()
        except OSError as error:
            self._stream.close()
            raise ConfigError(f"the file cannot be read: {error.strerror}", file=file) from None
        except ConfigError:
            self._stream.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def message(self, place: Place) -> bytes:
        """Return the data of one message. Raises ``ConfigError`` for a file that has changed since it was opened."""
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
            raise ConfigError("the file changed while it was read", file=self.file) from None

    def _scan(self) -> None:
        """Read record after record, up to the end of the file or to the place where it is cut off or damaged."""
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
        if chunk.uncompressed_size > MAX_CHUNK:
            raise ValueError(f"a chunk of {chunk.uncompressed_size} bytes exceeds the limit of {MAX_CHUNK} bytes")
        stream, length = get_chunk_data_stream(chunk, validate_crc=True)
        unpacked = self._unpacked[position] = stream.read(length)
        while len(self._unpacked) > _CACHED:
            self._unpacked.popitem(last=False)
        return unpacked

    def _read(self, position: int, length: int) -> bytes:
        self._stream.seek(position)
        data = self._stream.read(length)
        if len(data) < length:
            raise EOFError
        return data


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield opcode, offset and length of the content of every record in a chunk."""
    position = 0
    while position < len(data):
        code, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if position + length > len(data):
            raise EOFError
        yield code, position, length
        position += length
