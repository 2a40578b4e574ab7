"""What can be wrong with a URScript text or happen while it runs, in words of our own."""

from __future__ import annotations


class ScriptError(Exception):
    """Root: a text and, where known, the line (from 1) of the script it concerns."""

    def __init__(self, text: str, line: int | None = None) -> None:
        self.text = text
        self.line = line
        super().__init__(text)

    def __str__(self) -> str:
        return self.text if self.line is None else f"{self.text} (line {self.line})"


class ScriptSyntaxError(ScriptError):
    """The text is no URScript; nothing of it has run."""


class RuntimeException(ScriptError):
    """A running program did something impossible; all of it stops. Raised without line by a ``Machine``."""
