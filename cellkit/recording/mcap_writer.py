"""A writer of MCAP files with a thread of its own, so that the cell does not wait for the disk.

Messages go to the operating system as whole chunks, after ``FLUSH_EVERY`` s of wall time or ``FLUSH_BYTES``. A process
that is killed loses no more than that. Nothing is synced to the disk, so a power failure can lose more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from cellkit import __version__
from cellkit.errors import ConfigError
from cellkit.recording.mcap_file import McapFile

FLUSH_EVERY = 0.25
"""s of wall time after which waiting messages are written."""
FLUSH_BYTES = 256 * 1024
"""Bytes of waiting messages that are written at once."""
MAX_WAITING_BYTES = 32 * 1024 * 1024
"""Bytes that may wait for the disk."""
TOO_SLOW = "the disk is too slow"
ENDED = "ended"
"""Name of the metadata with the reason why a recording ends before its run."""


Message = tuple[str, int, bytes]
"""Topic of an announced channel, cell time (ns), data."""
ItemT = TypeVar("ItemT")
_Write = Callable[[Sequence[Any]], object]
_Piece = tuple[_Write, Any, int]  # the call that writes it with its neighbours, the item, its approximate size in bytes


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a channel: name, encoding and text of the schema, encoding of the messages."""

    name: str
    encoding: str
    data: bytes
    message_encoding: str


class McapWriter:
    """One file that is being written. ``problem``: the reason why writing has ended early; None: no problem."""

    def __init__(self, file: Path) -> None:
        """Open the file. Raises ``ConfigError`` if it cannot be written."""
        if str(file) == "-":
            raise ConfigError("a recording needs a file; it cannot go to standard output")
        self.file = file
        self.problem: str | None = None
        self.wait_for_disk = True
        """Whether to wait when the disk is too slow; else the recording ends there."""
        try:
            self._sink = _Sink(file)
            self._writer = self._start()
        except OSError as error:
            raise ConfigError(f"the recording cannot be written: {error.strerror}", file=file) from None
        self._schemas: dict[Schema, int] = {}
        self._channels: dict[str, int] = {}
        self._pending: list[_Piece] = []
        self._bytes = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"recording {file.name}", daemon=True)
        self._thread.start()

    def _start(self) -> McapFile:
        try:
            return McapFile(self._sink, f"cellkit {__version__}")
        except OSError:
            self._sink.close()
            raise

    def channel(self, topic: str, schema: Schema) -> None:
        """Announce a channel."""
        self._put(self._register, (topic, schema), len(schema.data))

    def message(self, topic: str, time: int, data: bytes) -> None:
        """Write a message of an announced channel at cell time ``time`` (ns)."""
        self._put(self._add, (topic, time, data), len(data))

    def encoded(self, encode: Callable[[Sequence[ItemT]], Iterable[Message]]) -> Callable[[ItemT, int], None]:
        """Return a call that takes items, each with the approximate size of its messages in bytes.

        The writing thread calls ``encode`` with all items that wait, as long as nothing else comes between them. All
        messages of an item come in one chunk: all or none of them are in the file.
        """

        def write(items: Sequence[ItemT]) -> None:
            self._add(encode(items))

        return partial(self._put, write)

    def metadata(self, name: str, data: Mapping[str, str]) -> None:
        """Write metadata of the recording: texts by key, under ``name``."""
        size = sum(len(key) + len(value) for key, value in data.items())
        self._put(lambda _: self._writer.add_metadata(name, dict(data)), None, size)

    def attachment(self, name: str, media_type: str, data: bytes) -> None:
        """Attach a file to the recording."""
        self._put(lambda _: self._writer.add_attachment(name, media_type, data), None, len(data))

    def stop(self, reason: str) -> None:
        """Take no further message. Messages so far are written, with the reason."""
        with self._changed:
            self.problem = self.problem or reason

    def finish(self) -> None:
        """Write the waiting messages, the index and the footer, and close the file."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _put(self, write: _Write, item: Any, size: int) -> None:
        with self._changed:
            if self.problem is not None or self._closing:
                return
            if self._bytes > MAX_WAITING_BYTES:
                if not self.wait_for_disk:
                    self.problem = TOO_SLOW
                    return
                self._changed.wait_for(lambda: self._bytes <= MAX_WAITING_BYTES or self.problem is not None)
            self._pending.append((write, item, size))
            before = self._bytes
            self._bytes += size
            if before < FLUSH_BYTES <= self._bytes:
                self._changed.notify_all()

    def _work(self) -> None:
        closing = False
        try:
            while not closing:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing or self._bytes >= FLUSH_BYTES, FLUSH_EVERY)
                    closing, pieces, self._pending = self._closing, self._pending, []
                self._write(pieces)
            if self.problem is not None:
                self._writer.add_metadata(ENDED, {"why": self.problem})
            self._writer.finish()
        except OSError as error:
            self._give_up(error.strerror or str(error))
        except Exception as error:  # no error may end the cell's run; the file ends here
            self._give_up(f"{type(error).__name__}: {error}")
        finally:
            self._sink.close()

    def _write(self, pieces: list[_Piece]) -> None:
        """Write chunks of about ``FLUSH_BYTES``, each of whole pieces; neighbours of one kind are written together."""
        items: list[Any] = []
        unflushed = 0
        for following, (write, item, size) in enumerate(pieces, 1):
            items.append(item)
            unflushed += size
            full = unflushed >= FLUSH_BYTES or following == len(pieces)
            if full or pieces[following][0] != write:
                write(items)
                items = []
            if full:
                self._writer.flush()
                with self._changed:
                    self._bytes -= unflushed
                    self._changed.notify_all()
                unflushed = 0

    def _give_up(self, reason: str) -> None:
        with self._changed:
            self.problem = self.problem or reason
            self._pending.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _add(self, messages: Iterable[Message]) -> None:
        channels = self._channels
        self._writer.add_messages((channels[topic], time, data) for topic, time, data in messages)

    def _register(self, channels: Sequence[tuple[str, Schema]]) -> None:
        for topic, schema in channels:
            if schema not in self._schemas:
                number = self._writer.register_schema(schema.name, schema.encoding, schema.data)
                self._schemas[schema] = number
            self._channels[topic] = self._writer.register_channel(topic, schema.message_encoding, self._schemas[schema])


class _Sink:
    """The unbuffered file: data go to the operating system at once, so that no error can occur later."""

    def __init__(self, file: Path) -> None:
        self._file = FileIO(file, "w")
        self._position = 0

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            written = self._file.write(rest)
            rest = rest[written:]
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._file.close()
