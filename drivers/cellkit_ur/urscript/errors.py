"""Errors in a URScript text or in its execution, with texts of this project."""

from __future__ import annotations


class ScriptError(Exception):
    """Root of the errors: a text and, where known, the line (from 1) of the script it concerns."""

    def __init__(self, text: str, line: int | None = None) -> None:
        self.text = text
        self.line = line
        super().__init__(text)

    def __str__(self) -> str:
        return self.text if self.line is None else f"{self.text} (line {self.line})"


class ScriptSyntaxError(ScriptError):
    """Raised when the text is not valid URScript; no part of it has run."""


class RuntimeException(ScriptError):
    """Raised when a running program does something impossible; all of it stops.

    A ``Machine`` raises it without a line.
    """
