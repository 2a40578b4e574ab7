"""The one line that reports an error: bounded in length, and without control characters for the terminal."""

from __future__ import annotations

import os
import sys
import traceback

from cellkit.errors import name_and_words

MAX_BYTES = 1400
"""Longest line; the middle of a longer one is left out, since the place is at its start and the advice at its end."""
TRACEBACK = "CELLKIT_TRACEBACK"
"""The environment variable that adds the traceback of an unexpected error, for developers."""
_GAP = " […] "


def one_line(message: str) -> str:
    """Return a message as one printable line of at most ``MAX_BYTES`` bytes."""
    text = printable(" ".join(message.split()))
    data = text.encode()
    if len(data) <= MAX_BYTES:
        return text
    head, tail = data[: 2 * MAX_BYTES // 3], data[-(MAX_BYTES // 3 - len(_GAP.encode())) :]
    return head.decode(errors="ignore") + _GAP + tail.decode(errors="ignore")


def printable(text: str) -> str:
    """Return a text with every character that a terminal could obey, or not encode, as its escape sequence."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def report_error(message: str) -> int:
    """Print an error and return the exit code of bad input."""
    sys.stderr.write(f"cellkit: error: {one_line(message)}\n")
    return 2


def report_warning(message: str) -> None:
    """Print a warning."""
    sys.stderr.write(f"cellkit: warning: {one_line(message)}\n")


def report_unexpected(error: BaseException) -> int:
    """Print an error that no part of cellkit expects, with the place that raised it, and return the exit code."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    reason = name_and_words(error)
    if isinstance(error, SystemExit):
        return report_error(f"an imported package ended the command: {reason}{where}")
    return report_error(f"unexpected {reason}{where}; set {TRACEBACK}=1 to see the traceback")
