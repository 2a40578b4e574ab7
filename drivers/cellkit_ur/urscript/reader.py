"""Reader that cuts the bytes of a script port into programs."""

from __future__ import annotations

import re

from cellkit.errors import ProtocolError

LIMIT = 1_000_000

# The texts that may hide a word, and the words that open and close blocks.
_TOKEN = re.compile(r'"[^"\r\n]*"|#[^\r\n]*|\$[^\r\n]*|[A-Za-z_][A-Za-z_0-9]*')
_OPENING = frozenset({"def", "sec", "thread", "if", "while"})


class ScriptReader:
    """Collector of one connection's bytes until a script is complete: a block by its last ``end``, else a line."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._rest = b""  # an incomplete line
        self._lines: list[str] = []
        self._size = 0
        self._depth = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the scripts that ``data`` completed, in order. Raises ``ProtocolError`` beyond the limit."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        scripts = []
        for line in lines:
            text = line.decode("utf-8", errors="replace")
            self._size += len(line) + 1
            self._lines.append(text)
            for word in _TOKEN.findall(text):
                if word in _OPENING:
                    self._depth += 1
                elif word == "end":
                    self._depth = max(0, self._depth - 1)
            if self._depth == 0:
                script = "\n".join(self._lines) + "\n"
                self._lines, self._size = [], 0
                if script.strip():
                    scripts.append(script)
            elif self._size > self._limit:
                self._overflow()
        if self._size + len(self._rest) > self._limit:
            self._overflow()
        return scripts

    def _overflow(self) -> None:
        rest, self._rest, self._lines, self._size, self._depth = self._rest, b"", [], 0, 0
        raise ProtocolError("script port", f"a script has more than {self._limit} bytes", data=rest[:200])
