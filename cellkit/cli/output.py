"""Consoles and result files that the commands share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.errors import MarkupError
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from cellkit.cli.error_line import printable
from cellkit.errors import ConfigError


class _Results(Console):
    @override
    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text. One that is no valid markup, as with a name from a user's file, is printed as it is."""
        text = "\n".join(printable(line) for line in text.split("\n"))
        try:
            return super().render_str(text, **options)
        except MarkupError:
            return super().render_str(text, **options | {"markup": False})

    def on_broken_pipe(self) -> None:
        """Raise the error: rich would end with exit 1, which means here that a run failed."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for results; plain text where standard output is no terminal."""
    return _Results(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 120)


def progress_console() -> Console:
    """Return the console for progress: standard error, silent where it is no terminal."""
    return Console(file=sys.stderr, quiet=not sys.stderr.isatty(), highlight=False)


def titled_table(title: str, words: Iterable[str], figures: Iterable[str] = (), *, fold: bool = False) -> Table:
    """Return an empty table with columns of words, then columns of figures; ``fold`` breaks long words."""
    table = Table(title=title, title_justify="left")
    for heading in words:
        table.add_column(heading, overflow="fold" if fold else "ellipsis")
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


def check_writable(*files: Path | None) -> None:
    """Raise ``ConfigError`` before any work when a file cannot be written, or when two results would share a file."""
    named = [file for file in files if file is not None and str(file) != "-"]
    for number, file in enumerate(named):
        _check_file(file)
        if file.is_file() or not file.exists():  # a device such as /dev/null may receive several results
            others = [other.resolve() for other in named[:number]]
            if file.resolve() in others:
                raise ConfigError("is given for two results; one would overwrite the other", file=file)


def _check_file(file: Path) -> None:
    if os.path.isdir(file):
        raise ConfigError("is a folder, expected the name of a file to write", file=file)
    try:
        file.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=file) from None
    folder = file.absolute().parent
    if not os.path.isdir(folder):
        raise ConfigError(f"cannot be written: no folder {folder}", file=file)
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"cannot be written: the folder {folder} is read-only", file=file)


def write_json(data: Any, file: Path) -> None:
    """Write a JSON file completely or not at all; ``-`` is standard output. Raises ``ConfigError``."""
    write_text(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n", file)


def write_text(text: str, file: Path) -> None:
    """Write a text file completely or not at all; ``-`` is standard output. Raises ``ConfigError``."""
    if str(file) == "-":
        sys.stdout.write(text)
        return
    write_bytes(text.encode(), file)


def write_bytes(data: bytes, file: Path) -> None:
    """Write a file completely or not at all. Raises ``ConfigError``."""
    try:
        if file.exists() and not file.is_file():  # a pipe or a device must not be replaced by a file
            file.write_bytes(data)
            return
        file = file.resolve()  # a link keeps pointing to its file
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=file) from None
    half = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        half.write_bytes(data)
        half.replace(file)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise ConfigError(f"cannot be written: {error.strerror}", file=file) from None


def prints_tables(file: Path | None) -> bool:
    """Return whether the tables are printed: not when a result goes to standard output."""
    return str(file) != "-"
