"""The channel between a run and its page: messages of JSON followed by bytes. The run's side never waits.

Messages that the other side is too slow for are dropped: moments at once (``Outbox.busy``), others only beyond a large
number.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from typing import Any

_HEAD = struct.Struct("<II")  # size of the JSON text, size of the data; in bytes
_MAX_SIZE = 64 * 1024 * 1024
_MAX_WAITING = 5000  # messages that wait for a slow reader


class ChannelClosed(Exception):
    """The other side closed the channel, or sent an invalid message."""


def packed(kind: str, fields: dict[str, Any], data: bytes = b"") -> bytes:
    """Encode a message."""
    text = json.dumps([kind, fields], separators=(",", ":"), ensure_ascii=False).encode()
    return _HEAD.pack(len(text), len(data)) + text + data


class Outbox:
    """The sending side. It never waits and may be used from any thread. ``dropped``: number of dropped messages."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._waiting: deque[bytes] = deque()
        self._begun = b""  # the rest of a message that is partly sent
        self._lock = threading.Lock()
        self.dropped = 0
        self.broken = False

    @property
    def busy(self) -> bool:
        """Whether messages wait for the other side; the next moment is left out then."""
        with self._lock:
            self._flush()
            return bool(self._begun or self._waiting)

    def put(self, message: bytes) -> None:
        """Send a message, or let it wait; the oldest waiting messages are dropped when there are too many."""
        with self._lock:
            if self.broken:
                return
            if len(self._waiting) >= _MAX_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(message)
            self._flush()

    def _flush(self) -> None:
        while not self.broken and (self._begun or self._waiting):
            message = self._begun or self._waiting.popleft()
            try:
                sent = self._socket.send(message, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._begun = message
                return
            except OSError:
                self.broken = True
                return
            self._begun = message[sent:]

    def close(self, timeout: float = 1.0) -> None:
        """Send the waiting messages, for at most ``timeout`` (s), and close the channel."""
        self._socket.settimeout(timeout)
        with contextlib.suppress(OSError):
            for message in (self._begun, *self._waiting):
                self._socket.sendall(message)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.broken = True


class Inbox:
    """The receiving side. It waits for each message."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def get(self) -> tuple[str, dict[str, Any], bytes]:
        """Return kind, fields and data of the next message. Raises ``ChannelClosed``."""
        text_size, data_size = _HEAD.unpack(self._exactly(_HEAD.size))
        if text_size + data_size > _MAX_SIZE:
            raise ChannelClosed(f"a message of {text_size + data_size} bytes exceeds the limit of {_MAX_SIZE} bytes")
        kind, fields = json.loads(self._exactly(text_size))
        return kind, fields, self._exactly(data_size)

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            try:
                part = self._socket.recv(min(count - len(parts), 1 << 20))
            except OSError as error:
                raise ChannelClosed(str(error)) from None
            if not part:
                raise ChannelClosed("the channel was closed")
            parts += part
        return bytes(parts)
