"""The parts of an endless answer (multipart/x-mixed-replace): one document each, with its length in front."""

from __future__ import annotations

from cellkit.digits import whole_number
from cellkit.errors import ProtocolError

LARGEST_PART = 8_000_000  # bytes of one document
LONGEST_HEAD = 4096  # bytes of a part's head
_LONGEST_BOUNDARY = 200
_GAP = b"\r\n"


def boundary_of(content_type: str) -> str | None:
    """Return the boundary of a multipart answer; None when it is something else. Raises ``ProtocolError``."""
    kind, _, rest = content_type.partition(";")
    if not kind.strip().lower().startswith("multipart/"):
        return None
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            boundary = value.strip().strip('"')
            if 0 < len(boundary) <= _LONGEST_BOUNDARY and boundary.isascii():
                return boundary
    raise ProtocolError("mtconnect", "a multipart answer without a boundary", data=content_type.encode()[:200])


def encode_part(boundary: str, content_type: str, body: bytes) -> bytes:
    """Return one part, as the reference agent frames it."""
    head = f"--{boundary}\r\nContent-type: {content_type}\r\nContent-length: {len(body)}\r\n\r\n"
    return head.encode() + body + b"\r\n"


class PartReader:
    """Cuts a stream of bytes into parts, wherever it was split."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = f"--{boundary}".encode()
        self._rest = bytearray()
        self._wanted: int | None = None
        self.ended = False
        """Whether the last part's end was marked."""

    def feed(self, data: bytes) -> list[bytes]:
        """Bodies of the parts that are complete now. Raises ``ProtocolError`` for a broken frame."""
        self._rest += data
        found: list[bytes] = []
        while not self.ended:
            if self._wanted is None:
                self._wanted = self._head()
            if self._wanted is None or len(self._rest) < self._wanted:
                break
            found.append(bytes(self._rest[: self._wanted]))
            del self._rest[: self._wanted]
            self._wanted = None
        return found

    def _head(self) -> int | None:
        """Return the length that the next part's head gives, None as long as it is not complete."""
        rest = self._rest
        del rest[: len(rest) - len(rest.lstrip(_GAP))]
        size = min(len(rest), len(self._delimiter))
        if rest[:size] != self._delimiter[:size]:
            raise self._broken("no boundary where one is due")
        if rest.startswith(self._delimiter + b"--"):
            self.ended = True
            return None
        end, gap = _blank_line(rest)
        if end < 0:
            if len(rest) > LONGEST_HEAD:
                raise self._broken("a part's head does not end")
            return None
        length = self._length(bytes(rest[len(self._delimiter) : end]))
        del rest[: end + gap]
        return length

    def _length(self, head: bytes) -> int:
        if len(head) > LONGEST_HEAD:
            raise self._broken("a part's head does not end")
        for line in head.split(b"\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                size = whole_number(value.strip(), LARGEST_PART)
                if size is not None:
                    return size
                raise self._broken(f"a part of {value.strip()[:20]!r} bytes")
        raise self._broken("a part without its length")

    def _broken(self, why: str) -> ProtocolError:
        return ProtocolError("mtconnect", why, data=bytes(self._rest[:64]))


def _blank_line(data: bytearray) -> tuple[int, int]:
    """Return where a blank line begins, and how many bytes it takes with the end of the line before; -1 for none."""
    found = [(at, len(gap)) for gap in (b"\r\n\r\n", b"\n\n") if (at := data.find(gap)) >= 0]
    return min(found, default=(-1, 0))
