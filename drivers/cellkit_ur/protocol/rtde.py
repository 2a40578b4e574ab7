"""RTDE protocol version 2: messages as data, and the codec between them and bytes.

A frame is a big-endian uint16 (size of the whole frame), one byte for its kind, and a payload. Source: the vendor's
"Real-Time Data Exchange (RTDE)" guide.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from cellkit.errors import ProtocolError

VERSION = 2
HEADER = struct.Struct(">HB")
LARGEST_FRAME = 65535
LARGEST_NAME_LIST = 2048
"""Greatest number of bytes of the list of names in a recipe."""
HIGHEST_RECIPE = 255

_SETUP = struct.Struct(">d")
_VERSION = struct.Struct(">H")
_CONTROLLER = struct.Struct(">4I")


class Kind(IntEnum):
    """The third byte of a frame."""

    PROTOCOL_VERSION = ord("V")
    CONTROLLER_VERSION = ord("v")
    TEXT = ord("M")
    DATA = ord("U")
    SETUP_OUTPUTS = ord("O")
    SETUP_INPUTS = ord("I")
    START = ord("S")
    PAUSE = ord("P")


class Level(IntEnum):
    """Severity of a text message."""

    EXCEPTION = 0
    ERROR = 1
    WARNING = 2
    INFO = 3


# --- from a client ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestProtocol:
    """A request for a version of the protocol."""

    version: int


@dataclass(frozen=True, slots=True)
class RequestController:
    """A request for the version of the controller's software."""


@dataclass(frozen=True, slots=True)
class SetupOutputs:
    """A request for fields that the controller sends, and their rate (Hz)."""

    frequency: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetupInputs:
    """An announcement of the fields that the client will send."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """A request to begin to send."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A request to pause sending."""


@dataclass(frozen=True, slots=True)
class Data:
    """Values in the order of a recipe, packed; used in both directions."""

    recipe: int
    values: bytes


# --- from the controller ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer, yes or no, to a protocol version, a start or a pause."""

    kind: Kind
    accepted: bool


@dataclass(frozen=True, slots=True)
class ControllerVersion:
    """The version of the controller's software."""

    major: int
    minor: int
    bugfix: int
    build: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """The answer to a set-up: the recipe's number (0: refused) and for each name its type, or NOT_FOUND, or IN_USE."""

    kind: Kind
    number: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text message of the controller."""

    message: str
    source: str
    level: Level


Request: TypeAlias = RequestProtocol | RequestController | SetupOutputs | SetupInputs | Start | Pause | Data
Reply: TypeAlias = Accepted | ControllerVersion | Recipe | Text | Data


def encode_request(request: Request) -> bytes:
    """Return a request as a frame."""
    match request:
        case RequestProtocol(version):
            return frame(Kind.PROTOCOL_VERSION, _VERSION.pack(version))
        case RequestController():
            return frame(Kind.CONTROLLER_VERSION)
        case SetupOutputs(frequency, names):
            return frame(Kind.SETUP_OUTPUTS, _SETUP.pack(frequency) + _joined(names))
        case SetupInputs(names):
            return frame(Kind.SETUP_INPUTS, _joined(names))
        case Start():
            return frame(Kind.START)
        case Pause():
            return frame(Kind.PAUSE)
        case Data(recipe, values):
            return frame(Kind.DATA, bytes((recipe,)) + values)


def encode_reply(reply: Reply) -> bytes:
    """Return a reply as a frame."""
    match reply:
        case Accepted(kind, accepted):
            return frame(kind, bytes((accepted,)))
        case ControllerVersion(major, minor, bugfix, build):
            return frame(Kind.CONTROLLER_VERSION, _CONTROLLER.pack(major, minor, bugfix, build))
        case Recipe(kind, number, types):
            return frame(kind, bytes((number,)) + _joined(types))
        case Text(message, source, level):
            return frame(Kind.TEXT, _short(message) + _short(source) + bytes((level,)))
        case Data(recipe, values):
            return frame(Kind.DATA, bytes((recipe,)) + values)


def decode_request(kind: int, payload: bytes) -> Request:
    """Decode a client's request. Raises ``ProtocolError`` for an unknown kind or a payload of the wrong size."""
    if kind == Kind.DATA and payload:
        return Data(payload[0], payload[1:])
    if kind == Kind.PROTOCOL_VERSION and len(payload) == _VERSION.size:
        return RequestProtocol(_VERSION.unpack(payload)[0])
    if kind == Kind.CONTROLLER_VERSION and not payload:
        return RequestController()
    if kind == Kind.SETUP_OUTPUTS and len(payload) >= _SETUP.size:
        return SetupOutputs(_SETUP.unpack_from(payload)[0], _split(payload[_SETUP.size :]))
    if kind == Kind.SETUP_INPUTS:
        return SetupInputs(_split(payload))
    if kind == Kind.START and not payload:
        return Start()
    if kind == Kind.PAUSE and not payload:
        return Pause()
    raise _malformed(kind, payload)


def decode_reply(kind: int, payload: bytes) -> Reply:
    """Decode a reply of the controller. Raises ``ProtocolError`` for an unknown kind or a payload of the wrong size."""
    if kind == Kind.DATA and payload:
        return Data(payload[0], payload[1:])
    if kind in (Kind.PROTOCOL_VERSION, Kind.START, Kind.PAUSE) and len(payload) == 1 and payload[0] <= 1:
        return Accepted(Kind(kind), bool(payload[0]))
    if kind == Kind.CONTROLLER_VERSION and len(payload) == _CONTROLLER.size:
        return ControllerVersion(*_CONTROLLER.unpack(payload))
    if kind in (Kind.SETUP_OUTPUTS, Kind.SETUP_INPUTS) and payload:
        return Recipe(Kind(kind), payload[0], _split(payload[1:]))
    if kind == Kind.TEXT:
        text = _text(payload)
        if text is not None:
            return text
    raise _malformed(kind, payload)


class FrameReader:
    """Reader that cuts a stream of bytes into frames; it stores at most one incomplete frame."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return kind and payload of every frame that ``data`` completed.

        Raises ``ProtocolError`` for an impossible size.
        """
        buffer = self._buffer + data if self._buffer else data
        frames: list[tuple[int, bytes]] = []
        start, end = 0, len(buffer)
        while end - start >= HEADER.size:
            size, kind = HEADER.unpack_from(buffer, start)
            if size < HEADER.size:
                raise ProtocolError(
                    "RTDE", f"a frame has an impossible size of {size} bytes", data=buffer[start : start + 16]
                )
            if end - start < size:
                break
            frames.append((kind, buffer[start + HEADER.size : start + size]))
            start += size
        self._buffer = buffer[start:]
        return frames


def frame(kind: int, payload: bytes = b"") -> bytes:
    """Return a frame. Raises ``ProtocolError`` for a payload that does not fit."""
    size = HEADER.size + len(payload)
    if size > LARGEST_FRAME:
        raise ProtocolError("RTDE", f"{size} bytes do not fit into a frame")
    return HEADER.pack(size, kind) + payload


def _joined(names: tuple[str, ...]) -> bytes:
    return ",".join(names).encode("ascii")


def _split(payload: bytes) -> tuple[str, ...]:
    """Return the names between commas; clients leave a comma at the end."""
    try:
        return tuple(name.strip() for name in payload.decode("ascii").rstrip(",").split(",") if name.strip())
    except UnicodeDecodeError:
        raise ProtocolError("RTDE", "a list of names is not ASCII", data=payload) from None


def _short(text: str) -> bytes:
    data = text.encode("utf-8", "replace")[:255]
    return bytes((len(data),)) + data


def _text(payload: bytes) -> Text | None:
    texts, rest = [], payload
    for _ in range(2):
        if not rest or len(rest) < 1 + rest[0]:
            return None
        texts.append(rest[1 : 1 + rest[0]].decode("utf-8", "replace"))
        rest = rest[1 + rest[0] :]
    if len(rest) != 1 or rest[0] > Level.INFO:
        return None
    return Text(texts[0], texts[1], Level(rest[0]))


def _malformed(kind: int, payload: bytes) -> ProtocolError:
    shown = chr(kind) if chr(kind).isalpha() else f"0x{kind:02x}"
    return ProtocolError("RTDE", f"a frame of kind {shown} with {len(payload)} bytes is not defined", data=payload[:64])
