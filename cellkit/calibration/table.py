"""Reading of a table of numbers from a text file, bounded in size, with the row and column of an error."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.inputfile import read_input

MAX_BYTES = 500_000_000
MAX_ROWS = 2_000_000
LONGEST_HEADER = 100_000
"""Bytes of the first line of a table; a longer one is no table."""


@dataclass(frozen=True)
class Table:
    """A text file of numbers: the ``names`` of its columns (empty without a header), and the bytes of its rows."""

    file: Path
    names: tuple[str, ...]
    width: int
    separator: str | None
    data: bytes
    sha256: str

    @property
    def first_row(self) -> int:
        """The row of the file, counted from 1, that holds the first numbers."""
        return 2 if self.names else 1

    def columns(self, numbers: Sequence[int]) -> Array:
        """Return the columns (m, k) with these numbers from 0. Raises ``ConfigError`` for a cell that is no number."""
        try:
            values = np.loadtxt(
                io.BytesIO(self.data),
                delimiter=self.separator,
                skiprows=1 if self.names else 0,
                usecols=list(numbers),
                ndmin=2,
                comments=None,
                encoding="utf-8",
            )
        except (ValueError, UnicodeDecodeError) as error:
            raise self._bad(str(error)) from None
        finite = np.isfinite(values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            name = self.names[numbers[column]] if self.names else f"{numbers[column] + 1}"
            raise ConfigError(f"column {name} holds no finite number", file=self.file, line=int(row) + self.first_row)
        result: Array = values
        return result

    def named(self, names: Sequence[str]) -> Array:
        """Return the columns (m, k) with these names. Raises ``ConfigError`` for a name that the table lacks."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise ConfigError(f"has no column {missing[0]!r}; it has {_listed(self.names)}", file=self.file, line=1)
        return self.columns([self.names.index(name) for name in names])

    def _bad(self, reason: str) -> ConfigError:
        place = re.search(r"row (\d+)", reason)
        line = None if place is None else int(place[1]) + (self.first_row if "at row" in reason else 0)
        cell = re.search(r"could not convert string (.*?) to float", reason)
        text = f"holds {cell[1][:40]} where a number is expected" if cell else "has rows of different lengths"
        return ConfigError(text, file=self.file, line=line)


def read_table(file: Path) -> Table:
    """Read a table of numbers, with or without a header. Raises ``ConfigError`` for a file that holds none."""
    data = read_input(file, MAX_BYTES, "a log of an arm").removeprefix(codecs.BOM_UTF8)
    if data.count(b"\n") > MAX_ROWS:
        raise ConfigError(f"has more than {MAX_ROWS} rows; cut it into shorter logs", file=file)
    try:
        first = data[:LONGEST_HEADER].partition(b"\n")[0].decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError("is not a table of numbers (CSV)", file=file) from None
    separator = next((mark for mark in (",", ";", "\t") if mark in first), None)
    cells = [cell.strip().strip('"') for cell in (first.split(separator) if separator else first.split())]
    names = () if all(_is_number(cell) for cell in cells) else tuple(cells)
    if not cells or (names and not any(cell.isidentifier() or "[" in cell or "." in cell for cell in names)):
        raise ConfigError("is not a table of numbers (CSV)", file=file)
    if data.count(b"\n") < (2 if names else 1):
        raise ConfigError("holds no rows of numbers", file=file)
    return Table(file, names, len(cells), separator, _complete_rows(data), hashlib.sha256(data).hexdigest())


def _complete_rows(data: bytes) -> bytes:
    """Return a table without a last row that has no end: the recorder was ended while it wrote it."""
    return data if data.endswith(b"\n") else data[: data.rfind(b"\n") + 1]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
