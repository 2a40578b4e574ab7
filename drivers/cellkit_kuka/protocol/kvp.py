"""KUKAVARPROXY: system and global variables by name, as text, over TCP.

Source: py-openshowvar 1.1.7 (MIT). A request is id, length, function (0 read, 1 write), name, and the value to write; a
reply repeats id and function, has the value, and ends with three bytes, 00 01 01 when it worked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cellkit.errors import ProtocolError

READ, WRITE = 0, 1
LARGEST = 4096
"""Bytes of a message that are accepted; a variable's text is far shorter."""
_HEAD = struct.Struct("!HHB")
_LENGTH = struct.Struct("!H")
_OK, _FAILED = b"\x00\x01\x01", b"\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Request:
    """Read a variable, or write ``value`` to it."""

    id: int
    name: str
    value: str | None = None

    def encode(self) -> bytes:
        """As bytes."""
        body = _text(self.name) if self.value is None else _text(self.name) + _text(self.value)
        return _HEAD.pack(self.id, len(body) + 1, READ if self.value is None else WRITE) + body


@dataclass(frozen=True, slots=True)
class Reply:
    """The value of a variable, after reading or writing; ``ok`` is false where that was refused."""

    id: int
    function: int
    value: str
    ok: bool

    def encode(self) -> bytes:
        """As bytes."""
        body = _text(self.value) + (_OK if self.ok else _FAILED)
        return _HEAD.pack(self.id, len(body) + 1, self.function) + body


class _Reader:
    """Cuts a stream into messages, wherever it was split."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def _messages(self, data: bytes) -> list[tuple[int, int, bytes]]:
        buffer = self._buffer
        buffer += data
        found = []
        while len(buffer) >= _HEAD.size:
            number, length, function = _HEAD.unpack_from(buffer)
            if not 1 <= length <= LARGEST or function not in (READ, WRITE):
                raise ProtocolError("KVP", f"length {length}, function {function}", data=bytes(buffer[:80]))
            end = _HEAD.size - 1 + length
            if len(buffer) < end:
                break
            found.append((number, function, bytes(buffer[_HEAD.size : end])))
            del buffer[:end]
        return found


class RequestReader(_Reader):
    """Requests, as the controller reads them."""

    def feed(self, data: bytes) -> list[Request]:
        """All requests that are complete now. Raises ``ProtocolError``."""
        requests = []
        for number, function, body in self._messages(data):
            name, rest = _cut(body)
            value, rest = _cut(rest) if function == WRITE else (None, rest)
            if rest or not name:
                raise ProtocolError("KVP", "a request whose lengths do not fit", data=body[:80])
            requests.append(Request(number, name, value))
        return requests


class ReplyReader(_Reader):
    """Replies, as a client reads them."""

    def feed(self, data: bytes) -> list[Reply]:
        """All replies that are complete now. Raises ``ProtocolError``."""
        replies = []
        for number, function, body in self._messages(data):
            value, rest = _cut(body)
            if len(rest) != 3:
                raise ProtocolError("KVP", "a reply whose lengths do not fit", data=body[:80])
            replies.append(Reply(number, function, value, rest[-1] == 1))
        return replies


def _text(text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    return _LENGTH.pack(len(raw)) + raw


def _cut(body: bytes) -> tuple[str, bytes]:
    """Return a text that follows its length, and the remaining bytes."""
    if len(body) >= 2:
        (length,) = _LENGTH.unpack_from(body)
        raw = body[2 : 2 + length]
        if len(raw) == length and raw.isascii():
            return raw.decode("ascii"), body[2 + length :]
    raise ProtocolError("KVP", "a text whose length does not fit", data=body[:80])
