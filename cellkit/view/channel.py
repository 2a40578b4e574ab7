"""The line between a run and its page: messages of JSON with bytes behind it. The run's end never waits.

What the other side is too slow for is dropped: pictures of the cell at once, tellings only beyond a large number.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from typing import Any

_HEAD = struct.Struct("<II")  # bytes of JSON, bytes of what is behind it
_LARGEST = 64 * 1024 * 1024
_WAITING = 5000  # messages that are kept for a slow reader


class Broken(Exception):
    """The other side is gone."""


def packed(kind: str, told: dict[str, Any], data: bytes = b"") -> bytes:
    """A message as it goes over the line."""
    text = json.dumps([kind, told], separators=(",", ":"), ensure_ascii=False).encode()
    return _HEAD.pack(len(text), len(data)) + text + data


class Outbox:
    """Sends without ever waiting, from any thread. ``dropped``: messages that the other side was too slow for."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._waiting: deque[bytes] = deque()
        self._begun = b""  # the rest of a message that is half sent
        self._lock = threading.Lock()
        self.dropped = 0
        self.broken = False

    @property
    def busy(self) -> bool:
        """Whether the other side has not taken all yet: no time for one more picture."""
        with self._lock:
            self._flush()
            return bool(self._begun or self._waiting)

    def put(self, message: bytes) -> None:
        """Send, or keep to be sent; the oldest go when there are too many."""
        with self._lock:
            if self.broken:
                return
            if len(self._waiting) >= _WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(message)
            self._flush()

    def _flush(self) -> None:
        while not self.broken and (self._begun or self._waiting):
            message = self._begun or self._waiting.popleft()
            try:
                sent = self._end.send(message, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._begun = message
                return
            except OSError:
                self.broken = True
                return
            self._begun = message[sent:]

    def close(self, patience: float = 1.0) -> None:
        """Send what is left, for at most ``patience`` (s), and say that nothing more comes."""
        self._end.settimeout(patience)
        with contextlib.suppress(OSError):
            for message in (self._begun, *self._waiting):
                self._end.sendall(message)
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()
        self.broken = True


class Inbox:
    """Receives, waiting for each message."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def get(self) -> tuple[str, dict[str, Any], bytes]:
        """The next message: kind, what it tells, and the bytes behind it. Raises ``Broken``."""
        text_size, data_size = _HEAD.unpack(self._exactly(_HEAD.size))
        if text_size + data_size > _LARGEST:
            raise Broken("a message beyond all measure")
        kind, told = json.loads(self._exactly(text_size))
        return kind, told, self._exactly(data_size)

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            try:
                part = self._end.recv(min(count - len(parts), 1 << 20))
            except OSError as error:
                raise Broken(str(error)) from None
            if not part:
                raise Broken("the line was closed")
            parts += part
        return bytes(parts)
