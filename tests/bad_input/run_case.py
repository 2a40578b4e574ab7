"""Running of a case in this process, and the rules that its answer must keep."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from unittest.mock import patch

from case import Case

from cellkit.cli import main

MAX_ANSWER = 2000
"""Largest answer to a bad input, in bytes."""
MAX_SECONDS = 60
"""Seconds of processor time after which a case is ended."""


class EndlessError(BaseException):
    """A case that did not end."""


def complaints(case: Case, folder: Path) -> list[str]:
    """Run a case in an empty folder, and return every rule that its answer breaks."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    case.write(folder)
    out, err = _stream(), _stream()
    before = list(sys.path), signal.signal(signal.SIGVTALRM, _end)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)
    code: object = None
    try:
        with (
            chdir(folder), patch.object(sys, "argv", ["cellkit", *case.words]),
            patch.object(sys, "stdin", io.StringIO()),
            redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings(),
        ):  # fmt: skip
            warnings.simplefilter("ignore")
            main()
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:
        return [f"raised {type(error).__name__}: {error}"]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before[1])
        sys.path[:] = before[0]
    return list(_broken(case, code, _bytes(out), _bytes(err), folder))


def _broken(case: Case, code: object, out: bytes, err: bytes, folder: Path) -> Iterator[str]:
    text = (out + err).decode("utf-8", "replace")
    if code not in ((2,) if case.refused else (0, 1, 2)):
        yield f"exit code {code}"
    if "Traceback" in text or "CELLKIT_TRACEBACK" in text:
        yield text[:600]
    if any(not letter.isprintable() and letter != "\n" for letter in text):
        yield f"control characters: {text[:300]!r}"
    if code != 2:
        return
    if len(out + err) > MAX_ANSWER:
        yield f"{len(out + err)} bytes"
    if not text.startswith("cellkit: error: ") or text.count("\n") != 1 or len(text) < 25:
        yield f"not one line: {text[:300]!r}"
    half = [name for name in os.listdir(folder) if name.endswith(".part")]
    if half:
        yield f"left {half}"


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


def _bytes(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    return stream.buffer.getvalue()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise EndlessError
