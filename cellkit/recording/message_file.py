"""An MCAP file as metadata and messages, which are decoded on request."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from google.protobuf.message import DecodeError
from mcap.exceptions import McapError
from mcap_protobuf.decoder import DecoderFactory

from cellkit.errors import ConfigError
from cellkit.recording.batch import SECOND
from cellkit.recording.content_check import NotAsStated, own_decoder
from cellkit.recording.index import Entries, Index
from cellkit.recording.messages import nanoseconds


class MessageFile:
    """An open MCAP file; a context manager. All times are in s of cell time.

    Its methods raise ``ConfigError`` for messages that do not decode.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._factory = DecoderFactory()
        self._by_topic = {channel.topic: number for number, channel in index.channels.items()}
        self._decoders: dict[int, Callable[[bytes], Any]] = {}

    def close(self) -> None:
        """Close the file."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def file(self) -> Path:
        """The path of the file."""
        return self._index.file

    @property
    def complete(self) -> bool:
        """Whether the file was closed properly; if not, it ends with the last complete chunk."""
        return self._index.complete

    @property
    def metadata(self) -> Mapping[str, Mapping[str, str]]:
        """All metadata, by name."""
        return self._index.metadata

    @property
    def texts(self) -> Mapping[str, str]:
        """Attached texts by name: ``scenario.yaml``, ``cell.yaml``, ``program.py``, as far as present."""
        return {name: data.decode("utf-8", "replace") for name, data in self._index.attachments.items()}

    @property
    def topics(self) -> Mapping[str, str]:
        """Name of the schema by topic."""
        channels = self._index.channels.values()
        ordered = sorted(channels, key=lambda channel: channel.topic)
        return {channel.topic: self._schema(channel.schema_id) for channel in ordered}

    def count(self, topic: str) -> int:
        """Return the number of messages on a topic."""
        return len(self._entries(topic).times)

    @cached_property
    def span(self) -> tuple[float, float]:
        """Time of the first and of the last message. Raises ``ConfigError`` for a file without messages."""
        entries = self._index.entries.values()
        times = [time for channel in entries for time in (min(channel.times), max(channel.times))]
        if not times:
            raise ConfigError("the file holds no messages", file=self.file)
        return min(times) / SECOND, max(times) / SECOND

    def messages(self, topic: str) -> Iterator[tuple[float, Any]]:
        """Yield time and decoded message: a protobuf object, or the content of JSON."""
        entries = self._entries(topic)
        for number, time in enumerate(entries.times):
            yield time / SECOND, self._decoded(topic, number)

    def message_at(self, topic: str, time: float) -> Any:
        """Return the last message on a topic up to ``time``; None if there is none."""
        number = bisect_right(self._entries(topic).times, nanoseconds(time)) - 1
        return None if number < 0 else self._decoded(topic, number)

    def _entries(self, topic: str) -> Entries:
        number = self._by_topic.get(topic, -1)
        return self._index.entries.get(number, Entries())

    def _schema(self, number: int) -> str:
        return self._index.schemas[number].name if number in self._index.schemas else ""

    def _decoded(self, topic: str, number: int) -> Any:
        channel = self._index.channels[self._by_topic[topic]]
        data = self._index.message(self._index.entries[channel.id].places[number])
        try:
            if channel.id not in self._decoders:
                self._decoders[channel.id] = self._decoder(topic, channel.message_encoding, channel.schema_id)
            return self._decoders[channel.id](data)
        except NotAsStated as error:
            raise ConfigError(f"{topic}: message {number + 1}: {error}", file=self.file) from None
        except (DecodeError, McapError, ValueError, TypeError, KeyError, RecursionError):
            raise ConfigError(f"{topic}: message {number + 1} cannot be decoded", file=self.file) from None

    def _decoder(self, topic: str, encoding: str, schema: int) -> Callable[[bytes], Any]:
        own = own_decoder(topic, encoding, self._schema(schema))
        if own is not None:
            return own
        if encoding == "json":
            return json.loads
        decoder = self._factory.decoder_for(encoding, self._index.schemas.get(schema))
        if decoder is None:
            raise ValueError(encoding)
        return decoder
