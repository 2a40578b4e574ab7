"""Reading of a log of measurements for ``cellkit iso9283``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from cellkit.errors import ConfigError
from cellkit.inputfile import read_text_input

MAX_BYTES = 20_000_000


def read_rows(file: Path, columns: Sequence[str]) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows of a CSV file, each with its line number, and the names of its columns.

    Raises ``ConfigError`` for a file that cannot be read or that lacks one of ``columns``.
    """
    text = read_text_input(file, MAX_BYTES, "a CSV file")
    lines = csv.DictReader(text.splitlines())
    try:
        names, rows = list(lines.fieldnames or ()), list(enumerate(lines, 2))
    except csv.Error as error:
        raise ConfigError(f"is not valid CSV: {error}", file=file, line=lines.line_num) from None
    missing = [name for name in columns if name not in names]
    if missing:
        raise ConfigError(f"has no column {missing[0]!r}; expected {', '.join(columns)}", file=file, line=1)
    return rows, names
