"""Recordings of the right form with wrong content: each kind of message and fact, changed at each of its places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bad_values
from case import Case
from mcap.reader import make_reader
from mcap.writer import Writer

from cellkit.recording import record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

PLOT = ("plot", "bad.mcap", "--out", "plot.html")
DIFF = ("diff", "bad.mcap", "good.mcap")
EXPORT = ("export", "bad.mcap", "--html", "page.html")
_FIRST = 6  # messages of each channel


@dataclass(frozen=True)
class Message:
    topic: str
    encoding: str
    schema: str
    schema_encoding: str
    schema_data: bytes
    time: int
    data: bytes


@dataclass(frozen=True)
class Content:
    """The content of a recording."""

    messages: tuple[Message, ...]
    metadata: dict[str, dict[str, str]]

    def write(self, file: Path) -> None:
        with file.open("wb") as stream:
            writer = Writer(stream)
            writer.start()
            schemas: dict[tuple[str, bytes], int] = {}
            channels: dict[tuple[str, str, int], int] = {}
            for name, facts in self.metadata.items():
                writer.add_metadata(name, facts)
            for one in self.messages:
                key = one.schema, one.schema_data
                if key not in schemas:
                    schemas[key] = writer.register_schema(one.schema, one.schema_encoding, one.schema_data)
                at = one.topic, one.encoding, schemas[key]
                if at not in channels:
                    channels[at] = writer.register_channel(one.topic, one.encoding, schemas[key])
                writer.add_message(channels[at], one.time, one.data, one.time)
            writer.finish()


@cache
def good() -> Content:
    """Return the beginning of a run's recording."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "run.mcap"
        run = Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1))
        record_run(run, file, 2.0, 0.0, lambda text: None)
        run.execute()
        seen: dict[str, int] = {}
        messages = []
        with file.open("rb") as stream:
            reader = make_reader(stream)
            metadata = {record.name: dict(record.metadata) for record in reader.iter_metadata()}
            for schema, channel, message in reader.iter_messages():
                seen[channel.topic] = seen.get(channel.topic, 0) + 1
                if seen[channel.topic] <= _FIRST:
                    messages.append(
                        Message(
                            channel.topic, channel.message_encoding, schema.name, schema.encoding, schema.data,
                            message.log_time, message.data,
                        )
                    )  # fmt: skip
    return Content(tuple(messages), metadata)


def recording_cases() -> Iterator[Case]:
    """Yield cases with a changed place of a message or fact, a foreign schema, and garbage as a message."""
    base = good()
    last = {message.topic: number for number, message in enumerate(base.messages)}
    for topic, number in last.items():
        message = base.messages[number]
        if message.encoding == "json":
            for place, data in _changed(json.loads(message.data)):
                yield from _cases(f"{topic} {place}", _put(base, number, replace(message, data=data)))
        for name, other in (
            ("garbage", replace(message, data=b"\xff\x01garbage")),
            ("empty", replace(message, data=b"")),
            ("deep", replace(message, data=b"[" * 5000)),
        ):
            yield from _cases(f"{topic} {name}", _put(base, number, other))
        for name, changes in (
            ("as JSON", {"encoding": "json", "data": b'{"t": 1}'}),
            ("of no encoding", {"encoding": ""}),
            ("of a foreign schema", {"schema": "foxglove.Log"}),
            ("of a broken schema", {"schema_data": b"\xff\xff"}),
            ("at the end of time", {"time": 2**64 - 1}),
        ):
            messages = [replace(one, **changes) if one.topic == topic else one for one in base.messages]
            yield from _cases(f"{topic} {name}", replace(base, messages=tuple(messages)))
        without = tuple(one for one in base.messages if one.topic != topic)
        yield from _cases(f"{topic} is missing", replace(base, messages=without))
    for name, facts in base.metadata.items():
        for key in facts:
            for value in ("", "nan", "[]", '{"x": 1}', "null", "[/x]", bad_values.ESCAPES, "x" * 3000, "1e400"):
                changed = replace(base, metadata=base.metadata | {name: facts | {key: value}})
                yield from _cases(f"fact {name} {key} {value[:20]!r}", changed)
        yield from _cases(f"fact {name} is empty", replace(base, metadata=base.metadata | {name: {}}))


def _cases(name: str, content: Content) -> Iterator[Case]:
    def write(folder: Path) -> None:
        content.write(folder / "bad.mcap")
        good().write(folder / "good.mcap")

    for words in (PLOT, DIFF, EXPORT):
        yield Case(f"{words[0]}: {name}", words, write)


def _put(content: Content, number: int, message: Message) -> Content:
    messages = (*content.messages[:number], message, *content.messages[number + 1 :])
    return replace(content, messages=messages)


def _changed(message: Any) -> Iterator[tuple[str, bytes]]:
    """Yield each place of a JSON value with each bad value there, and without it."""
    for path in _paths(message):
        for value in bad_values.JSON:
            yield f"{'.'.join(path)} {str(value)[:20]!r}", _encoded(_replaced(message, path, value))
        if path:
            yield f"without {'.'.join(path)}", _encoded(_replaced(message, path, None, drop=True))


def _encoded(message: Any) -> bytes:
    return json.dumps(message).encode()


def _paths(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in items:
        yield from _paths(part, (*at, str(key)))


def _replaced(message: Any, path: tuple[str, ...], value: Any, drop: bool = False) -> Any:
    if not path:
        return value
    changed = json.loads(json.dumps(message))
    inner = changed
    for key in path[:-1]:
        inner = inner[int(key) if isinstance(inner, list) else key]
    last = int(path[-1]) if isinstance(inner, list) else path[-1]
    if drop:
        del inner[last]
    else:
        inner[last] = value
    return changed
