"""The event log of a virtual controller, its I/O signals and files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np

from cellkit.timing import now
from cellkit_abb.protocol.errors import FILE_NOT_FOUND, INVALID_PARAMETER, REJECTED, SIGNAL_NOT_FOUND, LogEvent
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import RequestRefused

_EPOCH = np.datetime64("2026-01-01T00:00:00")  # cell time 0
_KEPT = 1000
_LARGEST_DISK = 10_000_000  # bytes


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event that was noted at cell time ``time`` (s)."""

    number: int
    time: float
    event: LogEvent

    def item(self) -> Item:
        """As Robot Web Services tells of it."""
        moment = str(_EPOCH + np.timedelta64(int(self.time), "s")).replace("T", " T ")
        fields = {
            "msgtype": str(self.event.kind),
            "code": str(self.event.code),
            "tstamp": moment,
            "title": self.event.title,
            "desc": self.event.description,
            "conseqs": "",
            "causes": "",
            "actions": "",
            "argc": "0",
        }
        return Item("elog-message-li", f"/rw/elog/0/{self.number}", fields, f"0/{self.number}?lang=en")


class EventLog:
    """What has happened, newest first; the oldest entries go when it is full."""

    def __init__(self) -> None:
        self._entries: list[LogEntry] = []
        self._numbers = count(1)

    def add(self, event: LogEvent) -> LogEntry:
        """Note an event."""
        entry = LogEntry(next(self._numbers), now(), event)
        self._entries.append(entry)
        del self._entries[:-_KEPT]
        return entry

    def entries(self) -> list[LogEntry]:
        """All of them, newest first."""
        return self._entries[::-1]


@dataclass
class Signal:
    """An I/O signal; ``kind`` DI, DO, AI or AO. ``path`` is network/device/name."""

    path: str
    kind: str
    value: float = 0.0

    @property
    def text(self) -> str:
        """The logical value as text."""
        return f"{self.value:g}"

    def item(self, kind: str) -> Item:
        """As Robot Web Services tells of it."""
        name = self.path.rpartition("/")[2]
        fields = {"name": name, "type": self.kind, "category": "", "lvalue": self.text, "lstate": "not simulated"}
        return Item(kind, self.path, fields, f"signals/{self.path}")


def signal_path(kind: str, number: int) -> str:
    """What a signal of the controller's own unit is called."""
    return f"Local/DRV_1/{kind}_{number}"


class Signals:
    """Eight digital inputs and outputs and two analogue ones of the controller's own unit."""

    def __init__(self) -> None:
        kinds = (("DI", 8), ("DO", 8), ("AI", 2), ("AO", 2))
        paths = [(signal_path(kind, number), kind) for kind, many in kinds for number in range(1, many + 1)]
        self._signals = {path: Signal(path, kind) for path, kind in paths}

    def all(self) -> list[Signal]:
        """All signals."""
        return list(self._signals.values())

    def find(self, path: str) -> Signal:
        """A signal by its path. Raises ``RequestRefused``."""
        if path not in self._signals:
            raise RequestRefused(SIGNAL_NOT_FOUND, path)
        return self._signals[path]

    def write(self, path: str, text: str) -> Signal:
        """A client writes an output. Raises ``RequestRefused``."""
        signal = self.find(path)
        if signal.kind not in ("DO", "AO"):
            raise RequestRefused(REJECTED, f"{path} is an input")
        try:
            value = float(text)
        except ValueError:
            raise RequestRefused(INVALID_PARAMETER, f"lvalue={text}") from None
        if not abs(value) < 1e9 or (signal.kind == "DO" and value not in (0.0, 1.0)):
            raise RequestRefused(INVALID_PARAMETER, f"lvalue={text}")
        signal.value = value
        return signal


class Files:
    """The controller's disk, kept in memory."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """A file. Raises ``RequestRefused``."""
        if path not in self._files:
            raise RequestRefused(FILE_NOT_FOUND, path)
        return self._files[path]

    def write(self, path: str, data: bytes) -> None:
        """Put a file. Raises ``RequestRefused`` when the disk is full."""
        if sum(map(len, self._files.values())) + len(data) > _LARGEST_DISK:
            raise RequestRefused(REJECTED, "the disk is full")
        self._files[path] = data

    def delete(self, path: str) -> None:
        """Delete a file. Raises ``RequestRefused``."""
        self.read(path)
        del self._files[path]

    def listed(self, folder: str) -> list[str]:
        """Names in a folder."""
        prefix = folder.rstrip("/") + "/"
        return sorted({path[len(prefix) :].partition("/")[0] for path in self._files if path.startswith(prefix)})
