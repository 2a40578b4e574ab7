"""Lines of a byte stream, between an optional header and a terminator."""

from __future__ import annotations

from cellkit.errors import ProtocolError

_BETWEEN = b"\r\n \x00"
"""What may stand between two lines that have a header."""
_ENDS = b"\r\n"
"""CR, LF or both end a line, whichever of them was asked for; what is left of them begins no line."""


class LineReader:
    """Cuts lines out of bytes that arrive in any portions. Holds ``longest`` bytes at most."""

    def __init__(self, header: bytes, terminator: bytes, longest: int) -> None:
        self._header = header
        self._terminator = terminator
        self._longest = longest
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """The beginning of a line that has not ended yet."""
        return self._rest

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now, without header and terminator; empty ones are left out.

        Raises ``ProtocolError`` for a line that is too long, or that does not begin with the header.
        """
        *whole, self._rest = (self._rest + data).split(self._terminator)
        found = []
        for line in (*whole, self._rest):
            if len(line) > self._longest:
                raise ProtocolError("reader", f"a line of more than {self._longest} bytes", data=line[:100])
        for line in whole:
            bare = self._bare(line)
            if bare:
                found.append(bare)
        self._rest = self._rest.lstrip(_BETWEEN if self._header else _ENDS)
        return found

    def _bare(self, line: bytes) -> bytes:
        if not self._header:
            return line.strip(_ENDS)
        line = line.lstrip(_BETWEEN)
        if not line.startswith(self._header):
            raise ProtocolError("reader", f"a line that does not begin with {self._header!r}", data=line[:100])
        return line[len(self._header) :]
