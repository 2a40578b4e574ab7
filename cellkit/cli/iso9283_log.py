"""Reading of a log of measurements for ``cellkit iso9283``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from cellkit.errors import ConfigError


def read_rows(file: Path, columns: Sequence[str]) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows of a CSV file, each with its line number, and the names of its columns.

    Raises ``ConfigError`` for a file that cannot be read or that lacks one of ``columns``.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ConfigError(f"cannot be read: {reason}", file=file) from None
    lines = csv.DictReader(text.splitlines())
    names = list(lines.fieldnames or ())
    missing = [name for name in columns if name not in names]
    if missing:
        raise ConfigError(f"has no column {missing[0]!r}; expected {', '.join(columns)}", file=file, line=1)
    return list(enumerate(lines, 2)), names
