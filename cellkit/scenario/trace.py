"""The trace of a run: one JSON object per line, without wall-clock times, so that equal runs hash equally."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from cellkit.controller.world import WorldEvent
from cellkit.devices import DeviceEvent
from cellkit.errors import ConfigError

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _encoder() -> Callable[[Any], str]:
    """Return a faster ``_ENCODER.encode``: that one makes its compiled part anew for every object."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.encode
    quoted, colon, comma = json.encoder.encode_basestring, _ENCODER.key_separator, _ENCODER.item_separator
    pieces = make(None, _ENCODER.default, quoted, None, colon, comma, False, False, False)
    return lambda value: "".join(pieces(value, 0))


encode = _encoder()
"""Encodes a record, or any object, as one line of JSON."""


class Trace:
    """Collects events; writes each one at once, as a whole line, when a file is given; ``watch`` receives each one.

    ``problem``: the reason why the file has ended before the run, such as a full disk; None: no problem. The hash is
    that of the whole trace in any case.
    """

    def __init__(self, file: Path | None = None, watch: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.problem: str | None = None
        self._hash = hashlib.sha256()
        self._watch = watch
        self._out: TextIO | None = None
        if file is not None:
            try:
                self._out = file.open("w", encoding="utf-8", buffering=1)
            except OSError as error:
                raise ConfigError(f"the trace cannot be written: {error.strerror}", file=file) from None

    def header(self, **data: Any) -> None:
        """Add the first line: the identity of the run. Raises ``ConfigError`` when the file takes no line."""
        self._write({"t": 0.0, "source": "run", "what": "header", **data})
        problem, self.problem = self.problem, None
        if problem is not None:
            raise ConfigError(problem)

    def device_event(self, event: DeviceEvent) -> None:
        """Add an event of a device or of the cell."""
        self._write({"t": event.time, "source": event.device, "what": event.what, **event.data})

    def world_event(self, event: WorldEvent) -> None:
        """Add an event of the world."""
        self._write(
            {
                "t": event.time,
                "source": "world",
                "what": event.what,
                "subject": event.subject,
                "other": event.other,
                "detail": event.detail,
            }
        )

    def add(self, time: float, source: str, what: str, **data: Any) -> None:
        """Add any other event."""
        self._write({"t": time, "source": source, "what": what, **data})

    def sha256(self) -> str:
        """Return the hash of all lines so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Close the file, if there is one."""
        out, self._out = self._out, None
        if out is not None:
            try:
                out.close()
            except OSError as error:  # after a failed write it fails again: the first reason is the cause
                self.problem = self.problem or f"{out.name}: the end of the trace is missing: {error.strerror}"

    def _write(self, record: dict[str, Any]) -> None:
        line = encode(record) + "\n"
        self._hash.update(line.encode())
        if self._watch is not None:
            self._watch(record)
        if self._out is not None:
            try:
                self._out.write(line)
            except OSError as error:
                self.problem = f"{self._out.name}: the trace ends at {record['t']:.2f} s: {error.strerror}"
                self.close()
