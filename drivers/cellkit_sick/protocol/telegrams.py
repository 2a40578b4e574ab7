"""A telegram: three letters, a name, and values; and the two dialects it can be written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cellkit.errors import ProtocolError
from cellkit_sick.protocol.binary_values import BinaryReader, BinaryWriter
from cellkit_sick.protocol.errors import VENDOR, BadValue, Sfa
from cellkit_sick.protocol.framing import BinaryFrames, FrameReader, TextFrames, frame_binary, frame_text
from cellkit_sick.protocol.text_values import TextReader, TextWriter
from cellkit_sick.protocol.values import Reader, Writer

ANSWERS = {"sRN": "sRA", "sWN": "sWA", "sMN": "sAN", "sEN": "sEA", "sRI": "sRA"}
"""Letters of a request and of its answer: read, write, method, event, and read by index."""
EVENT = "sSN"
FAILURE = "sFA"
IDENT_INDEX = "0"
"""``sRI 0`` is the old way to ask who it is; some clients leave its blank out."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram; ``body`` holds its values, not read yet."""

    letters: str
    name: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Dialect:
    """CoLa A or CoLa B. ``number`` is what ``EIHstCola`` calls it."""

    name: str
    number: int
    frames: Callable[[], FrameReader]
    wrap: Callable[[bytes], bytes]
    reader: Callable[[bytes], Reader]
    writer: Callable[[], Writer]

    def encode(self, telegram: Telegram) -> bytes:
        """Return the bytes of a telegram."""
        if telegram.letters == FAILURE:
            gap = b" " if self.number == 0 else b""
            return self.wrap(FAILURE.encode() + gap + telegram.body)
        head = f"{telegram.letters} {telegram.name}".encode("ascii")
        # In CoLa B answers to writes end in a blank, requests without values do not; so the recordings have it.
        blank = bool(telegram.body) or (self.number == 1 and telegram.letters == "sWA")
        return self.wrap(head + b" " + telegram.body if blank else head)

    def failure(self, code: int) -> bytes:
        """Return the bytes of an ``sFA`` telegram."""
        writer = self.writer()
        writer.uint(code, 16)
        return self.encode(Telegram(FAILURE, "", writer.body()))

    def failure_code(self, telegram: Telegram) -> int:
        """Return the number in an ``sFA`` telegram. Raises ``ProtocolError``."""
        reader = self.reader(telegram.body)
        code = reader.uint(16)
        if reader.rest():
            raise ProtocolError(VENDOR, "an sFA telegram with more than its number", data=telegram.body[:64])
        return code


COLA_A = Dialect("CoLa A", 0, TextFrames, frame_text, TextReader, TextWriter)
COLA_B = Dialect("CoLa B", 1, BinaryFrames, frame_binary, BinaryReader, BinaryWriter)


def decode(content: bytes) -> Telegram:
    """Return the telegram in a frame. Raises ``BadValue`` for letters that are none, and for a name that is missing."""
    letters, rest = content[:3], content[3:]
    if len(letters) < 3 or not letters.startswith(b"s") or not letters.isalpha() or not letters.isascii():
        raise BadValue(Sfa.UNKNOWN_COMMAND, "no CoLa command", content[:64])
    if letters == FAILURE.encode():
        blank = len(rest) in (2, 3) and rest.startswith(b" ")
        return Telegram(FAILURE, "", rest[1:] if blank else rest)
    if letters == b"sRI" and rest == IDENT_INDEX.encode():
        return Telegram("sRI", IDENT_INDEX)
    name, _, body = rest[1:].partition(b" ")
    if not rest.startswith(b" ") or not name or not name.isalnum() or not name.isascii():
        raise BadValue(Sfa.UNKNOWN_BY_NAME, "a command without a name", content[:64])
    return Telegram(letters.decode(), name.decode(), body)
